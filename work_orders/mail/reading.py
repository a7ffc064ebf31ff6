"""A letter's bytes as what the desk needs of it, however broken they are. No I/O.

Nothing here trusts what it reads: names of files lose their paths, HTML becomes text, unknown character
sets and undecodable bytes become replacement characters.
"""

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from hashlib import sha256
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

from work_orders.tickets.fields import SHORT_LENGTH_MAX, TEXT_LENGTH_MAX, TITLE_LENGTH_MAX

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]{1,255}")
_LANGUAGES = ["en", "zh"]
_QUOTE_BEGINS = re.compile(
    r"-{2,} ?(?:原始邮件|转发邮件|回复的邮件|Original Message) ?-{2,}"
    r"|(?:在|于|发件人|From)[^\n]{0,300}(?:写道|wrote)[:：]$"
)
# So much is looked at for what it quotes: the patterns that do it were not made for hostile lengths.
_QUOTES_LENGTH_MAX = 20_000
_LINE_LENGTH_MAX = 2_000
_PARTS_MAX = 200
# What GB2312 is called in letters holds letters of GBK and GB18030 as often as not.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030"}


class UnreadableMail(ValueError):
    """These bytes are no letter that can be told apart."""


@dataclass(frozen=True)
class MailFile:
    """A file that came with a letter."""

    name: str
    content: bytes


@dataclass(frozen=True)
class IncomingMail:
    """What a letter says.

    Attributes:
        key: what tells it from every other: its `Message-ID` and sender, or its bytes where it has none; hex.
        headers: the last of each name, lower case; control characters left out.
        results: every `Authentication-Results`.
        text: what its writer wrote, without what it quotes; blank when there is nothing else.
        cut: whether `text` was longer than a ticket's text can be.
        files: attached and embedded files, in their order.
    """

    key: str
    message_id: str
    headers: dict[str, str]
    results: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    text: str
    cut: bool
    files: tuple[MailFile, ...]


def read(raw: bytes) -> IncomingMail:
    """Read a letter.

    Raises:
        UnreadableMail: it has no sender, or its structure cannot be followed.
    """
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        headers = {name.lower(): clean(str(value)) for name, value in _headers(message)}
        results = tuple(
            clean(str(value))
            for name, value in _headers(message)
            if name.lower() == "authentication-results"
        )
        parts = list(_leaves(message))
    except (MessageError, LookupError, ValueError, RecursionError) as error:
        raise UnreadableMail(f"its structure cannot be followed: {type(error).__name__}") from error
    name, address = parseaddr(headers.get("from", ""))
    address = address.lower()
    if not _ADDRESS.fullmatch(address):
        raise UnreadableMail("it has no sender's address")
    whole = _text_of(parts)
    text = _own_words(whole) or whole.strip()
    message_id = headers.get("message-id", "").strip()[:SHORT_LENGTH_MAX]
    told_apart = f"{message_id}\n{address}".encode() if message_id else raw
    return IncomingMail(
        key=sha256(told_apart).hexdigest(),
        message_id=message_id,
        headers=headers,
        results=results,
        sender=address,
        sender_name=name[:SHORT_LENGTH_MAX],
        subject=" ".join(headers.get("subject", "").split())[:TITLE_LENGTH_MAX],
        text=text[:TEXT_LENGTH_MAX],
        cut=len(text) > TEXT_LENGTH_MAX,
        files=tuple(_files_of(parts)),
    )


def clean(text: str) -> str:
    """Return a text as a database takes it: control characters are replaced."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", ""))


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    """Yield headers one by one: one that cannot be parsed is given as it stands, not the others' end."""
    for name, value in message.raw_items():
        try:
            yield name, str(message.policy.header_fetch_parse(name, value))
        except (ValueError, LookupError, IndexError, AttributeError, TypeError):
            yield name, str(value)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something; a letter within a letter is a part of its own, not looked into."""
    waiting: list[EmailMessage] = [message]
    seen = 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > _PARTS_MAX:
            raise UnreadableMail(f"it has more than {_PARTS_MAX} parts")
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting[:0] = [each for each in part.iter_parts() if isinstance(each, EmailMessage)]
        else:
            yield part


def _is_text(part: EmailMessage, subtype: str) -> bool:
    return (
        part.get_content_type() == f"text/{subtype}"
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _text_of(parts: list[EmailMessage]) -> str:
    plain = [_decoded(part) for part in parts if _is_text(part, "plain")]
    if any(each.strip() for each in plain):
        return "\n".join(plain)
    return "\n".join(_from_html(_decoded(part)) for part in parts if _is_text(part, "html"))


def _decoded(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    named = str(part.get_content_charset("utf-8")).lower()
    for charset in (_WIDER.get(named, named), "utf-8", "gb18030"):
        try:
            return clean(content.decode(charset))
        except (UnicodeDecodeError, LookupError):
            continue
    return clean(content.decode("utf-8", "replace"))


class _Words(HTMLParser):
    """The words of an HTML text, its blocks as lines."""

    _BLOCKS = frozenset(
        {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table"}
    )
    _SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in self._BLOCKS:
            self.words.append("\n")
        self._silent += tag in self._SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def _from_html(markup: str) -> str:
    words = _Words()
    words.feed(markup)
    words.close()
    lines = (line.strip() for line in "".join(words.words).splitlines())
    return clean("\n".join(lines))


def _own_words(text: str) -> str:
    """Return what was written before what is quoted."""
    lines = [line.rstrip() for line in text.splitlines()]
    if len(text) > _QUOTES_LENGTH_MAX or any(len(line) > _LINE_LENGTH_MAX for line in lines):
        return text.strip()
    reply = EmailReplyParser(languages=_LANGUAGES).parse_reply("\n".join(lines)) or ""
    kept = reply.splitlines()
    # Chinese programs' beginnings of a quote, which the library does not know.
    kept = kept[: next((n for n, line in enumerate(kept) if _QUOTE_BEGINS.match(line)), len(kept))]
    while kept and (not kept[-1].strip() or kept[-1].startswith(">")):
        kept.pop()
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip()


def _files_of(parts: list[EmailMessage]) -> Iterator[MailFile]:
    for number, part in enumerate(parts, 1):
        if _is_text(part, "plain") or _is_text(part, "html"):
            continue
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            content = first.as_bytes() if isinstance(first, EmailMessage) else b""
        else:
            decoded = part.get_payload(decode=True)
            content = decoded if isinstance(decoded, bytes) else b""
        if content:
            yield MailFile(_file_name(part, number), content)


def _file_name(part: EmailMessage, number: int) -> str:
    named = clean(str(part.get_filename() or "")).replace("\\", "/").rpartition("/")[2].strip()
    return (named or f"{number}.{part.get_content_subtype()}")[:SHORT_LENGTH_MAX]
