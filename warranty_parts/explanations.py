"""Answers in words: a code for programs, one sentence each in English and Chinese for people."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

TEXTS: dict[str, tuple[str, str]] = {
    # coverage
    "within_terms": ("Covered until {until}.", "在保修期内，至 {until}。"),
    "expired": ("The warranty ended on {until}.", "保修期已于 {until} 届满。"),
    "not_started": (
        "The warranty starts on {starts_on}, after the date asked about.",
        "保修期自 {starts_on} 起算，晚于所查日期。",
    ),
    "meter_over_limit": (
        "The meter shows {meter} {unit}; the limit is {limit} {unit}.",
        "表读数 {meter} {unit}，超过上限 {limit} {unit}。",
    ),
    "meter_unknown": (
        "The terms end at {limit} {unit}, and no meter reading was given.",
        "条款以 {limit} {unit} 为限，但未提供表读数。",
    ),
    "start_unknown": (
        "The warranty starts with the {event}, and its date is not recorded.",
        "保修期自{event_zh}之日起算，但该日期未登记。",
    ),
    "no_policy": (
        "No warranty policy applies to this.",
        "没有适用的保修政策。",
    ),
    "not_effective": (
        "The policy applies to warranties that start on or after {effective_from}.",
        "该政策仅适用于 {effective_from} 及以后起算的保修。",
    ),
    "withdrawn": (
        "The policy applies to warranties that started by {effective_to}.",
        "该政策仅适用于 {effective_to} 及以前起算的保修。",
    ),
    "replacement_minimum": (
        "A replacement part is covered for at least {days} days from {fitted_on}, until {until}.",
        "更换件自 {fitted_on} 起至少保修 {days} 天，至 {until}。",
    ),
    "replacement_minimum_over": (
        "The replacement part's minimum of {days} days from {fitted_on} ended on {until}.",
        "更换件自 {fitted_on} 起的最低 {days} 天保修已于 {until} 届满。",
    ),
    # duplicates
    "duplicate_a": (
        "Claim {prior} already covers the part fitted at position {position} of this machine.",
        "索赔 {prior} 已涵盖本机 {position} 位置上装用的同一零件。",
    ),
    "duplicate_b": (
        "The failed part with serial number {serial} was already claimed in {prior}.",
        "序列号为 {serial} 的故障件已在索赔 {prior} 中申报。",
    ),
    "duplicate_c": (
        "The same failure ({event}) was already claimed in {prior} for this position or part.",
        "同一故障（{event}）的该位置或零件已在索赔 {prior} 中申报。",
    ),
    "duplicate_d": (
        "Invoice {invoice} was already claimed in {prior}.",
        "发票 {invoice} 已在索赔 {prior} 中申报。",
    ),
    "customer_paid": (
        "The customer has paid for this repair, so it cannot be claimed as well.",
        "客户已支付该次维修费用，不能再次索赔。",
    ),
    # findings
    "not_registered": (
        "The machine is not registered for warranty.",
        "该设备尚未进行保修登记。",
    ),
    "unknown_part": (
        "No part has the number {part_number}.",
        "没有编号为 {part_number} 的零件。",
    ),
    "look_alike_part": (
        "No part has the number {part_number}, but it looks like {candidates}; nobody has confirmed it.",
        "没有编号为 {part_number} 的零件，但与 {candidates} 相似，尚未确认。",
    ),
    "look_alike_serial": (
        "Serial number {serial} looks like {other}, which was claimed in {prior}; nobody has confirmed it.",
        "序列号 {serial} 与索赔 {prior} 中的 {other} 相似，尚未确认。",
    ),
    "part_differs": (
        "Another kind of part is on record at position {position}: {on_record}.",
        "{position} 位置登记的是另一种零件：{on_record}。",
    ),
    "serial_differs": (
        "The part on record at position {position} has serial number {on_record}, not {serial}.",
        "{position} 位置登记的零件序列号为 {on_record}，而非 {serial}。",
    ),
    "not_fitted_then": (
        "The part with serial number {serial} was not fitted on {failure_on}.",
        "序列号为 {serial} 的零件在 {failure_on} 并未装用。",
    ),
    "fitted_elsewhere": (
        "The part with serial number {serial} is on record as fitted to another position or machine.",
        "序列号为 {serial} 的零件登记为装用于其他位置或设备。",
    ),
    "decided": ("Decided by {by}: {reason}", "由 {by} 裁定：{reason}"),
}


@dataclass(frozen=True)
class Explanation:
    """Why: `code` for programs, `facts` behind it, and a sentence in each language."""

    code: str
    en: str
    zh: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as stored and sent."""
        return {"code": self.code, "en": self.en, "zh": self.zh, "facts": self.facts}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def explain(code: str, **facts: Any) -> Explanation:
    """Return the explanation for a code of `TEXTS` with its facts filled in."""
    plain = {name: _plain(value) for name, value in facts.items()}
    en, zh = TEXTS[code]
    return Explanation(code, en.format(**plain), zh.format(**plain), plain)
