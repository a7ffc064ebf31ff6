import type en from "../en/sla";

const words: typeof en = {
  promised: "承诺时限",
  left: "剩余 {{time}}",
  late: "已超时 {{time}}",
  met: "按时完成，用时 {{time}}",
  missed: "超时 {{time}}",
  cancelled: "不再计时",
  due: "截止",
  outsideHours: "非工作时间",
  pausedWhy: "暂停计时：{{why}}",
};

export default words;
