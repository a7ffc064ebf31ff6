import type en from "../en/charts";

const words: typeof en = {
  noReadings: "此时段没有读数",
  bandHint: "灰色带为预期范围，彩色区段为告警。",
  longest: "最长 {{duration}}",
  zoomIn: "放大",
  zoomOut: "缩小",
  zoomReset: "还原缩放",
  earlier: "更早",
  later: "更晚",
  byKeys: "图表：方向键移动，加减号缩放，0 还原",
  keys: "在图上拖动可放大。键盘：← → 移动，+ − 缩放，0 还原。",
  maintenance: "维护",
  steps: {
    raw: "全部读数 · {{readings}}",
    thinned: "由 {{readings}} 条读数抽稀，保留尖峰",
    "1m": "按分钟汇总 {{readings}} 条读数，保留尖峰",
    "1h": "按小时汇总 {{readings}} 条读数，保留尖峰",
    "1d": "按天汇总 {{readings}} 条读数，保留尖峰",
  },
  moreAlarms: "另有 {{count}} 条告警",
  span: "时间范围",
  gaps: "斜线区：缺少读数",
  export: "导出",
  exportHint: "当前时间范围内的全部读数",
  formats: { csv: "CSV（电子表格）", parquet: "Apache Parquet（数据分析）" },
  spans: {
    "15m": "15 分",
    "1h": "1 时",
    "6h": "6 时",
    "24h": "24 时",
    "7d": "7 天",
    "30d": "30 天",
    "90d": "90 天",
    "1y": "1 年",
  },
};

export default words;
