import type en from "../en/mailCodes";

const words: typeof en = {
  mailState: {
    opened: "已建投诉",
    added: "已加入工单",
    automatic: "自动邮件",
    held: "等待人工处理",
    refused: "无法读取",
    discarded: "已搁置",
    waiting: "待发送",
    sent: "已发送",
    failed: "已放弃",
  },
  mailReason: {
    unknown_sender: "未知发件人",
    no_right: "无投诉权限",
    stranger_in_thread: "写入他人的往来",
    not_authenticated: "发件人未通过验证（DMARC）",
    too_many: "一小时内邮件过多",
    not_taken: "无法受理",
    own: "本系统的邮件",
    report: "投递报告",
    auto_submitted: "自动回复",
    bulk: "群发或邮件列表",
    no_return_path: "无回复地址",
    unreadable: "不是邮件",
    too_large: "过大",
  },
};

export default words;
