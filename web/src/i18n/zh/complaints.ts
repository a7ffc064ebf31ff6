import type en from "../en/complaints";

const words: typeof en = {
  title: "投诉",
  complaint: "投诉",
  new: "登记投诉",
  newTitle: "登记投诉",
  submit: "提交投诉",
  empty: "没有投诉",
  emptyHint: "可由服务台电话登记，客户也可自行提交。",
  noneAboutAsset: "此设备没有投诉",
  machine: "设备",
  machineHint: "序列号或名称；与设备无关可留空。",
  whatHappened: "发生了什么",
  whatHappenedHint: "用客户自己的话描述。",
  expectation: "客户期望",
  category: "类别",
  urgency: "紧急程度",
  impact: "影响程度",
  channel: "渠道",
  contact: "联系人",
  words: "客户描述",
  solution: "解决方案",
  known: "已知情况",
  knownHint: "选择设备后可查看其工单与投诉。",
  ordersBefore: "该设备的工单",
  complaintsBefore: "该设备的投诉",
  ownTitle: "提交投诉",
  ownWords: "用您自己的话描述。",
  ownExpectation: "您的期望",
};

export default words;
