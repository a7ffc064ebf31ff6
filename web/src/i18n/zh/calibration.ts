import type en from "../en/calibration";

const words: typeof en = {
  title: "整机误报",
  asked: "要求（每年）",
  atMost: "最多 {{rate}}",
  expected: "预期（每年）",
  between: "{{mean}}（{{low}} – {{high}}）",
  learning: "仍在学习",
  restsOn: "依据",
  blocks: "{{count}} 段正常运行",
  fewBlocks: "仅 {{count}} 段",
  said: "经判定计为正常",
  asOf: "截至",
  rough: "正常运行不足一天：此预期只是估计，可能相差很大。",
  none: "此设备的测点未合并判断，或尚未开始",
  noneOfFleet: "尚无设备的测点被合并判断",
  together: "{{count}} 台设备合计：要求每年 {{asked}}，预期 {{expected}}。",
  stillLearning: "{{count}} 台仍在学习。",
  roughCount: "其中 {{count}} 台不足一天：仅为估计。",
  field: "每台设备每年误报上限",
  fieldHint: "指合并判断一台设备的测点。留空：{{rate}}。越少则故障通知越晚。",
};

export default words;
