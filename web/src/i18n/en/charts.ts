export default {
  noReadings: "No readings in this span",
  bandHint: "The grey band is what was expected; the coloured span is the alarm.",
  longest: "up to {{duration}}",
  zoomOut: "Zoom out",
  span: "Span of time",
  gaps: "Hatched: readings are missing",
  spans: {
    "15m": "15 min",
    "1h": "1 h",
    "6h": "6 h",
    "24h": "24 h",
    "7d": "7 d",
    "30d": "30 d",
  },
};
