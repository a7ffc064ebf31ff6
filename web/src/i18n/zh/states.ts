import type en from "../en/states";

const words: typeof en = {
  title: "状态",
  of: "{{name}}的状态",
  subtitle: "此设备的开关、模式与文本何时变化。",
  empty: "此时段内状态没有变化",
  emptyHint: "网关读取的开关、模式与文本测点会显示在这里。",
  from: "从",
  to: "至",
  lasted: "持续",
  now: "至今",
  on: "开",
  off: "关",
  bad: "无数值",
  more: "变化过多，无法全部显示：请选择更短的时段。",
};

export default words;
