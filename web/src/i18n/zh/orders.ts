import type en from "../en/orders";

const words: typeof en = {
  title: "工单",
  order: "工单",
  new: "新建工单",
  make: "创建工单",
  what: "工作内容",
  assignBySkill: "由平台按技能和站点选派工程师",
  mine: "我的",
  nobodys: "未指派",
  empty: "没有工单",
  emptyHint: "告警会自动生成预防性工单；其他工单可手动创建或由投诉生成。",
  noneOnAsset: "此设备没有工单",
  reason: "工单来由",
  alarmCount: "累计 {{count}} 次告警",
  openAlarm: "查看告警",
  workDone: "处理结果",
  claims: "索赔",
  noClaims: "此工单尚无索赔",
  claim: "提交索赔",
};

export default words;
