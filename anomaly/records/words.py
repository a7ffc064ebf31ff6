"""Which record of a series was broken, in the words of an alarm, in each language the platform speaks."""

_USUAL = "value"

# English and Chinese, each with the words for up and down of their own put in.
_OF_VALUE = ("is {higher} than ever", "{高}于以往")
_OF: dict[str, tuple[str, str]] = {
    _USUAL: _OF_VALUE,
    "mean_30": ("is {higher} than ever on average of 30 readings", "30 次读数的均值{高}于以往"),
    "value_off_mean_3": (
        "is farther {above} the mean of its last 3 readings than ever",
        "{高}出最近 3 次读数均值的幅度超过以往",
    ),
    "value_off_mean_10": (
        "is farther {above} the mean of its last 10 readings than ever",
        "{高}出最近 10 次读数均值的幅度超过以往",
    ),
    "mean_3_off_mean_10": (
        "is farther {above} its mean of 10 readings than ever, on average of 3",
        "3 次读数均值{高}出 10 次均值的幅度超过以往",
    ),
    "mean_10_off_mean_30": (
        "is farther {above} its mean of 30 readings than ever, on average of 10",
        "10 次读数均值{高}出 30 次均值的幅度超过以往",
    ),
    "mean_30_off_mean_100": (
        "is farther {above} its mean of 100 readings than ever, on average of 30",
        "30 次读数均值{高}出 100 次均值的幅度超过以往",
    ),
    "mean_3_off_mean_30": (
        "is farther {above} its mean of 30 readings than ever, on average of 3",
        "3 次读数均值{高}出 30 次均值的幅度超过以往",
    ),
    "mean_10_off_mean_100": (
        "is farther {above} its mean of 100 readings than ever, on average of 10",
        "10 次读数均值{高}出 100 次均值的幅度超过以往",
    ),
    "change_1": (
        "has {risen} more from one reading to the next than ever",
        "相邻两次读数间的{升}幅超过以往",
    ),
    "change_10": ("has {risen} more within 10 readings than ever", "10 次读数内的{升}幅超过以往"),
    "change_30": ("has {risen} more within 30 readings than ever", "30 次读数内的{升}幅超过以往"),
    "deviations": (
        "is more standard deviations {above} its mean than ever",
        "{高}出均值的标准差倍数超过以往",
    ),
}


def _of_rhythm(en: str, zh: str) -> dict[str, tuple[str, str]]:
    """Return the words on a rhythm by what its features' names end in."""
    found = {"": (f"is {{higher}} than ever at this {en}", f"在{zh}{{高}}于以往")}
    for readings in (3, 10, 30):
        found[f"_{readings}"] = (
            f"is {{higher}} than ever at this {en}, on average of {readings} readings",
            f"{readings} 次读数的均值在{zh}{{高}}于以往",
        )
    return found


_OF |= {
    f"hour_of_{rhythm}{end}": said
    for rhythm, zh in (("day", "一天中的这个时段"), ("week", "一周中的这个时段"))
    for end, said in _of_rhythm(f"hour of the {rhythm}", zh).items()
}

_UP = {"higher": "higher", "above": "above", "risen": "risen", "高": "高", "升": "升"}
_DOWN = {"higher": "lower", "above": "below", "risen": "fallen", "高": "低", "升": "降"}


def words(feature: str | None, above: bool) -> tuple[str, str]:
    """Return what a series does, in English and Chinese, whose record was broken upwards or down.

    `feature` is one of `layout.CAUSES`; None, and any this version does not know, stands for the value.
    """
    en, zh = _OF.get(feature or _USUAL, _OF_VALUE)
    side = _UP if above else _DOWN
    return en.format_map(side), zh.format_map(side)
