import type en from "../en/overview";

const words: typeof en = {
  title: "总览",
  greeting: "您好，{{name}}",
  activeAlarms: "未恢复的告警",
  openOrders: "未结工单",
  myOrders: "我的工单",
  unassigned: "未指派",
  openComplaints: "未结投诉",
  waitingClaims: "待裁定索赔",
  gatewaysOffline: "失联网关",
  calm: "一切正常",
  calmHint: "没有设备或传感器需要关注。",
  noOrders: "没有未结工单",
  noComplaints: "没有未结投诉",
  noMine: "没有指派给您的工单",
  all: "全部",
};

export default words;
