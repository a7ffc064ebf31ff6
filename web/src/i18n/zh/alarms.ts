import type en from "../en/alarms";

const words: typeof en = {
  title: "告警",
  alarm: "告警",
  severity: "严重程度",
  category: "疑似来源",
  historical: "历史数据中发现",
  foundInHistory: "在中断期间补传的数据中发现，未自动生成工单。",
  openAndPast: "未恢复与已恢复",
  empty: "没有告警：一切正常",
  emptyHint: "当读数偏离该设备的常态时会触发告警。",
  cause: "起因",
  contributors: "相关测点",
  noContributors: "没有其他相关测点",
  series: "测点",
  record: "异常表现",
  expected: "预期",
  seen: "实测",
  onset: "开始",
  raised: "触发",
  returned: "恢复正常",
  acknowledge: "确认告警",
  acknowledged: "告警已确认",
  acknowledgedBy: "确认人",
  occurrences: "发生次数",
  ordersOfAsset: "该设备的工单",
  chartOf: "告警前后的{{series}}",
  noneOnAsset: "此设备没有告警",
};

export default words;
