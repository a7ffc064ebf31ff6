import type en from "../en/policies";

const words: typeof en = {
  new: "添加政策",
  empty: "尚无保修政策",
  emptyHint: "没有政策则不享受保修。",
  startsWith: "起算事件",
  months: "月数",
  from: "生效日期",
  to: "失效日期",
  terms: "条款",
  termsText: "自{{start}}起 {{months}} 个月",
  modelHint: "留空则适用于所有型号。",
  partHint: "留空则为整机条款。",
  meterLimit: "表读数上限",
  meterUnit: "表单位",
  replacementDays: "更换件最少保修天数",
  end: "终止",
  endTitle: "终止“{{name}}”？",
  endText: "在此之前起算的保修继续有效，之后的不再适用。",
};

export default words;
