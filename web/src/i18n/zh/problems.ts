import type en from "../en/problems";

const words: typeof en = {
  invalid: { happened: "内容未被接受", safe: "没有任何更改。", todo: "请修改后重试。" },
  unauthenticated: { happened: "您已退出登录", safe: "没有任何更改。", todo: "请重新登录。" },
  forbidden: {
    happened: "您的角色无权执行此操作",
    safe: "没有任何更改。",
    todo: "如有需要，请联系管理员。",
  },
  notFound: {
    happened: "内容不存在，或您无权查看",
    safe: "没有丢失任何内容。",
    todo: "请返回列表。",
  },
  conflict: {
    happened: "当前状态下无法执行",
    safe: "没有任何更改。",
    todo: "请查看最新情况后再决定。",
  },
  stale: {
    happened: "在您打开期间，其他人修改了此内容",
    safe: "您的更改未保存，对方的更改已保留。",
    todo: "请查看最新内容，再次进行更改。",
    reload: "显示最新内容",
  },
  tooLarge: { happened: "内容过大", safe: "没有任何更改。", todo: "请缩小后重试。" },
  rateLimited: { happened: "尝试次数过多", safe: "没有任何更改。", todo: "请稍候一分钟再试。" },
  unavailable: { happened: "平台繁忙或正在重启", safe: "没有任何更改。", todo: "请稍后重试。" },
  unreachable: {
    happened: "无法连接平台",
    safe: "您输入的内容仍保留在此。",
    todo: "请检查网络后重试。",
  },
  server: {
    happened: "Forewarn 内部出现错误",
    safe: "没有任何更改。",
    todo: "请重试；若仍出现，请告知管理员。",
  },
  requestId: "请求 {{id}}",
  codes: {
    email_taken: "此邮箱已有人使用",
    illegal_transition: "当前阶段不能执行此步骤",
    insufficient_stock: "该处库存不足",
    unknown_serial: "没有此序列号的设备",
    unknown_part: "没有此编号的备件",
    date_in_future: "日期尚未到来",
    failure_before_manufacture: "故障日期早于设备制造日期",
    repair_before_failure: "维修日期早于故障日期",
    line_repeated: "两行为同一零件",
    part_exists: "此编号的备件已存在",
    location_exists: "此库位已存在",
    movement_reversed: "该移动已被冲销",
    fitting_recorded: "该工单已在此位置装用另一件",
    fitting_out_of_order: "该件的装用日期晚于更换日期",
    serial_fitted_elsewhere: "此序列号的零件装用于其他位置",
    reopen_window_over: "结束时间过久，不能重新打开",
    not_your_order: "此工单已指派给他人",
  },
};

export default words;
