import type en from "../en/charts";

const words: typeof en = {
  noReadings: "此时段没有读数",
  bandHint: "灰色带为预期范围，彩色区段为告警。",
  longest: "最长 {{duration}}",
  zoomOut: "还原缩放",
  span: "时间范围",
  gaps: "斜线区：缺少读数",
  spans: {
    "15m": "15 分",
    "1h": "1 时",
    "6h": "6 时",
    "24h": "24 时",
    "7d": "7 天",
    "30d": "30 天",
  },
};

export default words;
