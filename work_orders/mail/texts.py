"""What the desk's letters say by themselves, in both languages."""

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
RECEIVED = {
    "en": (
        "Thank you for your letter. It is on record as {number}: {title}\n\n"
        "Answer this letter to add to it; please leave the number in the subject.\n"
    ),
    "zh": (
        "您的来信已收到，编号 {number}：{title}\n\n直接回复本邮件即可补充信息，请保留主题中的编号。\n"
    ),
}


def received(written: str, number: str, title: str) -> str:
    """Return what tells somebody that their letter has become a complaint, in the language they wrote in."""
    return RECEIVED["zh" if _HAN.search(written) else "en"].format(number=number, title=title)


def subject_of(number: str, subject: str) -> str:
    """Return the subject of an answer: the old one with the number in it, once."""
    plain = " ".join(subject.split())
    if number not in plain:
        plain = f"[{number}] {plain}"
    return plain if plain.lower().startswith("re:") else f"Re: {plain}"
