import type en from "../en/assets";

const words: typeof en = {
  title: "设备",
  find: "按序列号或名称查找",
  class: "类别",
  model: "型号",
  location: "位置",
  manufactured: "制造日期",
  delivered: "交付日期",
  commissioned: "投运日期",
  empty: "没有设备",
  emptyHint: "可在设置中登记设备，或通过导入添加。",
  readings: "读数",
  noSeries: "尚无读数",
  noSeriesHint: "网关测点映射到此设备后即可显示。",
};

export default words;
