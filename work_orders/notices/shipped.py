"""The words that notices have from the start, and what codes are called in them."""

from typing import Final

from work_orders.notices.rules import Language, Topic
from work_orders.notices.templates import Words

_ENDING_EN = "\nCustomer: {{customer}}\nMachine: {{machine}}\nPriority: {{priority}}\n\n{{link}}"
_ENDING_ZH = "\n客户：{{customer}}\n设备：{{machine}}\n优先级：{{priority}}\n\n{{link}}"

SHIPPED: Final[dict[tuple[Topic, Language], Words]] = {
    (Topic.TICKET_ASSIGNED, "en"): Words(
        "{{number}} is yours: {{title}}",
        "{{name}}, {{kind}} {{number}} is assigned to you.\n{{title}}\nDue: {{due}}" + _ENDING_EN,
    ),
    (Topic.TICKET_ASSIGNED, "zh"): Words(
        "{{number}} 已派给您：{{title}}",
        "{{name}}，{{kind}} {{number}} 已派给您。\n{{title}}\n期限：{{due}}" + _ENDING_ZH,
    ),
    (Topic.MENTIONED, "en"): Words(
        "{{actor}} mentioned you on {{number}}",
        "{{actor}} on {{number}}, {{title}}:\n\n{{text}}\n" + _ENDING_EN,
    ),
    (Topic.MENTIONED, "zh"): Words(
        "{{actor}} 在 {{number}} 中提到了您",
        "{{actor}} 在 {{number}}（{{title}}）中写道：\n\n{{text}}\n" + _ENDING_ZH,
    ),
    (Topic.STAGE_CHANGED, "en"): Words(
        "{{number}}: {{stage}}",
        "{{number}}, {{title}}, went from {{from_stage}} to {{stage}}.\nBy: {{actor}}\n{{reason}}"
        + _ENDING_EN,
    ),
    (Topic.STAGE_CHANGED, "zh"): Words(
        "{{number}}：{{stage}}",
        "{{number}}（{{title}}）由“{{from_stage}}”变为“{{stage}}”。\n操作人：{{actor}}\n{{reason}}"
        + _ENDING_ZH,
    ),
    (Topic.MESSAGE_ADDED, "en"): Words(
        "New message on {{number}}",
        "{{actor}} on {{number}}, {{title}}:\n\n{{text}}\n" + _ENDING_EN,
    ),
    (Topic.MESSAGE_ADDED, "zh"): Words(
        "{{number}} 有新消息",
        "{{actor}} 在 {{number}}（{{title}}）中写道：\n\n{{text}}\n" + _ENDING_ZH,
    ),
    (Topic.SLA_WARNED, "en"): Words(
        "{{number}}: {{share}} of {{target}} time is used up",
        "{{number}}, {{title}}: {{target}} is due by {{target_due}}; {{share}} of the time is used up.\n"
        "Stage: {{stage}}" + _ENDING_EN,
    ),
    (Topic.SLA_WARNED, "zh"): Words(
        "{{number}}：{{target}}时限已用 {{share}}",
        "{{number}}（{{title}}）：{{target}}截止 {{target_due}}，时间已用 {{share}}。\n阶段：{{stage}}"
        + _ENDING_ZH,
    ),
    (Topic.SLA_BREACHED, "en"): Words(
        "{{number}}: {{target}} is overdue",
        "{{number}}, {{title}}: {{target}} was due by {{target_due}}.\nStage: {{stage}}\n"
        "Assignee: {{assignee}}" + _ENDING_EN,
    ),
    (Topic.SLA_BREACHED, "zh"): Words(
        "{{number}}：{{target}}已超时",
        "{{number}}（{{title}}）：{{target}}应在 {{target_due}} 前完成。\n阶段：{{stage}}\n"
        "负责人：{{assignee}}" + _ENDING_ZH,
    ),
    (Topic.SLA_ESCALATED, "en"): Words(
        "Escalation {{level}}: {{number}}",
        "{{number}}, {{title}}, is escalated to level {{level}}: {{target}} was due by {{target_due}}.\n"
        "Stage: {{stage}}\nAssignee: {{assignee}}" + _ENDING_EN,
    ),
    (Topic.SLA_ESCALATED, "zh"): Words(
        "升级 {{level}} 级：{{number}}",
        "{{number}}（{{title}}）升级到 {{level}} 级：{{target}}应在 {{target_due}} 前完成。\n"
        "阶段：{{stage}}\n负责人：{{assignee}}" + _ENDING_ZH,
    ),
    (Topic.ALARM_RAISED, "en"): Words(
        "Alarm, {{severity}}: {{machine}}",
        "{{summary}}\nMachine: {{machine}}\nCustomer: {{customer}}\n\n{{link}}",
    ),
    (Topic.ALARM_RAISED, "zh"): Words(
        "报警（{{severity}}）：{{machine}}",
        "{{summary}}\n设备：{{machine}}\n客户：{{customer}}\n\n{{link}}",
    ),
}

_EN: Final = {
    "complaint": "complaint",
    "preventive": "preventive order",
    "corrective": "corrective order",
    "inspection": "inspection order",
    "installation": "installation order",
    "claim": "claim",
    "pending": "pending",
    "triaged": "triaged",
    "assigned": "assigned",
    "in_progress": "in progress",
    "on_hold": "on hold",
    "awaiting_confirmation": "awaiting confirmation",
    "closed": "closed",
    "cancelled": "cancelled",
    "first_response": "first response",
    "next_response": "next response",
    "resolution": "resolution",
    "critical": "critical",
    "high": "high",
    "medium": "medium",
    "low": "low",
    "test_subject": "A test from Forewarn",
    "test_body": "This channel works.",
}

_ZH: Final = {
    "complaint": "投诉",
    "preventive": "预防性工单",
    "corrective": "维修工单",
    "inspection": "检查工单",
    "installation": "安装工单",
    "claim": "索赔",
    "pending": "待处理",
    "triaged": "已分级",
    "assigned": "已指派",
    "in_progress": "处理中",
    "on_hold": "已挂起",
    "awaiting_confirmation": "待客户确认",
    "closed": "已关闭",
    "cancelled": "已取消",
    "first_response": "首次响应",
    "next_response": "后续响应",
    "resolution": "解决",
    "critical": "紧急",
    "high": "高",
    "medium": "中",
    "low": "低",
    "test_subject": "Forewarn 测试消息",
    "test_body": "此渠道可用。",
}


def word(language: Language, code: str) -> str:
    """Return what a code is called; one that nobody named is its own name."""
    return (_ZH if language == "zh" else _EN).get(code, code)
