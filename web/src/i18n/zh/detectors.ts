import type en from "../en/detectors";

const words: typeof en = {
  title: "检测器",
  subtitle: "哪种检测器判断哪类设备；适用范围最窄的选择生效。",
  choose: "选择检测器",
  chosen: "已选择；一分钟内生效",
  appliesTo: "适用于",
  detectorHint: "模型将用已存读数重新学习，其未恢复的告警将结束。",
  model: "模型",
  before: "预处理",
  until: "至",
  rate: "每年误报",
  asShipped: "{{rate}}（设定值）",
  past: "包括以往的选择",
  empty: "所有设备均由平台自带检测器判断",
  emptyHint: "为某类设备或产品型号选择其他检测器后，将显示在这里。",
  withdraw: "撤回",
  withdrawn: "已撤回",
  withdrawTitle: "撤回 {{detector}}",
  withdrawText: "范围更宽的选择重新生效；其模型用已存读数重新学习。",
};

export default words;
