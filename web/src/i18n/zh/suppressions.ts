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
  subtitle: "哪些告警不通知：原因、截止时间与设定人。",
  noneAtAll: "所有告警均通知",
  noneHint: "维护、停用、上级设备、搁置与告警泛滥会显示在这里。",
  past: "包括已结束的",
  hides: "隐藏告警的对象",
  because: "起因",
  set: "抑制",
  setTitle: "按设计抑制告警",
  kind: "方式",
  kindHints: {
    maintenance: "设备检修的时段。",
    out_of_service: "设备不运行；直到有人结束，或到指定时间。",
    parent: "另一台设备有未恢复的告警时，此设备的告警由其引起。",
  },
  parent: "另一台设备",
  untilOptional: "至（可选）",
  suppressed: "已抑制",
  endedAt: "结束于",
};

export default words;
