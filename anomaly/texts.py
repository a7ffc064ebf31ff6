"""What an alarm says in one sentence, in each language the platform speaks."""

import math

from anomaly.deviations import Deviation, Record
from anomaly.records.words import words


def _number(value: float | None) -> str:
    return "?" if value is None or not math.isfinite(value) else f"{value:.4g}"


def _duration(seconds: float, minute: str, hour: str) -> str:
    if seconds < 5400:  # noqa: PLR2004 - 90 minutes read better as minutes
        return f"{max(round(seconds / 60), 1)} {minute}"
    return f"{seconds / 3600:.1f} {hour}"


# What is said of the mode a machine was in; of others nothing.
_WHILE = {
    "idling": (", while idling", "（空转时）"),
    "loaded": (", while loaded", "（带载时）"),
    "stopped": (", while stopped", "（停机时）"),
}


def summary(
    asset_name: str, series_name: str, unit: str, deviation: Deviation, mode: str | None = None
) -> dict[str, str]:
    """Return the sentence for an alarm whose worst series deviates like this, in that mode of its machine."""
    seen, unit_text = _number(deviation.seen), f" {unit}" if unit else ""
    band = f"{_number(deviation.low)} … {_number(deviation.high)}{unit_text}"
    en_for = _duration(deviation.since_s, "min", "h")
    zh_for = _duration(deviation.since_s, "分钟", "小时")
    match deviation.record:
        case Record.HIGH | Record.LOW:
            en_broken, zh_broken = words(deviation.feature, deviation.record is Record.HIGH)
            en = f"{series_name} {en_broken}: {seen}{unit_text}, expected {band}"
            zh = f"{series_name} {zh_broken}：{seen}{unit_text}，预期 {band}"
        case Record.JOINT_HIGH:
            en = f"{series_name} is higher than the other series say: {seen}{unit_text}, expected {band}"
            zh = f"{series_name} 高于按整机状态的预期：{seen}{unit_text}，预期 {band}"
        case Record.JOINT_LOW:
            en = f"{series_name} is lower than the other series say: {seen}{unit_text}, expected {band}"
            zh = f"{series_name} 低于按整机状态的预期：{seen}{unit_text}，预期 {band}"
        case Record.CORRELATION:
            en = f"{series_name} no longer moves with the other series: {seen}{unit_text}, expected {band}"
            zh = f"{series_name} 不再随整机变化：{seen}{unit_text}，预期 {band}"
        case Record.FLATLINE:
            en = f"{series_name} has been stuck at {seen}{unit_text} for {en_for}"
            zh = f"{series_name} 停在 {seen}{unit_text} 已 {zh_for}"
        case Record.OUT_OF_RANGE:
            en = f"{series_name} reads {seen}{unit_text}, outside its range {band}"
            zh = f"{series_name} 读数 {seen}{unit_text}，超出量程 {band}"
        case Record.GAP:
            en = f"{series_name} has sent nothing for {en_for}"
            zh = f"{series_name} 已 {zh_for} 没有数据"
        case _ if deviation.record.is_comparison:
            en, zh = _of_comparison(series_name, f"{seen}{unit_text}", band, deviation)
        case _:
            en, zh = _of_limit(series_name, unit_text, deviation)
    en_mode, zh_mode = _WHILE.get(mode or "", ("", ""))
    return {"en": f"{asset_name}: {en}{en_mode}", "zh": f"{asset_name}：{zh}{zh_mode}"}


def _of_comparison(name: str, seen: str, band: str, deviation: Deviation) -> tuple[str, str]:
    if deviation.record is Record.DRIFT:
        return (
            f"{name} drifts from two sensors of the same: {seen}, they say {band}",
            f"{name} 偏离另两个同类传感器：{seen}，它们指示 {band}",
        )
    return (
        f"{name} and its redundant sensor disagree, one of them is wrong: {seen}, the other says {band}",
        f"{name} 与其冗余传感器不一致，其中一个失准：{seen}，另一个指示 {band}",
    )


def _of_limit(series_name: str, unit: str, deviation: Deviation) -> tuple[str, str]:
    seen = f"{_number(deviation.seen)}{unit}"
    above = deviation.record.side is Record.HIGH
    limit = _number(deviation.high if above else deviation.low)
    if deviation.record in (Record.RATE_RISE, Record.RATE_FALL):
        return (
            f"{series_name} changes by {seen} a minute, the limit is {limit}",
            f"{series_name} 每分钟变化 {seen}，限值 {limit}",
        )
    return (
        f"{series_name} is {'above' if above else 'below'} its limit {limit}{unit}: {seen}",
        f"{series_name} {'高于' if above else '低于'}限值 {limit}{unit}：{seen}",
    )
