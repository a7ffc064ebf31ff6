import type en from "../en/suppressions";

const words: typeof en = {
  title: "当前不通知",
  none: "此设备的告警全部通知",
  plan: "计划维护",
  planTitle: "{{name}}的维护",
  planned: "维护已计划",
  from: "从",
  until: "至",
  untilBefore: "结束早于开始",
  hint: "此时段的告警会保留，但不通知任何人。",
  end: "立即结束",
  ended: "已结束",
  endTitle: "结束：{{kind}}",
  endText: "被隐藏且仍未恢复的告警将立即通知。",
  endless: "直到有人结束",
};

export default words;
