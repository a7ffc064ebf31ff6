import type en from "../en/rationales";

const words: typeof en = {
  title: "告警说明",
  subtitle: "按 ISA-18.2：告警意味着什么、怎么处理、多久之内。",
  empty: "没有告警说明",
  alarmType: "告警",
  appliesTo: "适用于",
  everyClass: "所有设备类别",
  cause: "可能原因",
  priority: "优先级",
  priorityHint: "其告警采用的严重度；限值告警保持各自设定的严重度。",
  byScore: "按偏离程度",
  consequence: "不处理的后果",
  response: "处理办法",
  within: "时限",
  shipped: "自带",
  written: "本处编写",
  edit: "编辑",
  writeTitle: "告警说明",
  minutes: "响应时限（分钟）",
  inEnglish: "英文",
  inChinese: "中文",
  saved: "已保存，立即显示在告警上",
  takeBack: "撤回",
  takeBackTitle: "撤回对{{what}}的说明",
  takeBackText: "适用于所有类别的说明或自带说明重新生效。",
  tookBack: "已撤回",
};

export default words;
