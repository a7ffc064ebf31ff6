"""Letters are read as their writers meant them, and hostile ones do no harm."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work_orders.mail.reading import IncomingMail, UnreadableMail, read
from work_orders.tickets.fields import TEXT_LENGTH_MAX, plain_text


def letter(head: str, body: bytes = b"The pump leaks.") -> IncomingMail:
    return read(f"From: Wang Wei <Wang.Wei@Plant.example>\r\n{head}\r\n".encode() + b"\r\n" + body)


def test_a_plain_letter() -> None:
    mail = letter("Subject: =?utf-8?b?5rC05rO15ryP5rC0?=\r\nMessage-ID: <1@plant.example>")
    assert (mail.sender, mail.sender_name) == ("wang.wei@plant.example", "Wang Wei")
    assert (mail.subject, mail.text) == ("水泵漏水", "The pump leaks.")
    assert mail.message_id == "<1@plant.example>"
    assert not mail.cut
    assert mail.files == ()


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "utf-8", "utf-7", "big5"])
def test_chinese_letters_of_every_charset(charset: str) -> None:
    words = "水泵漏水" if charset != "big5" else "水泵漏水了"
    mail = letter(f"Content-Type: text/plain; charset={charset}", words.encode(charset))
    assert mail.text == words


def test_characters_that_gb2312_does_not_have() -> None:
    assert (
        letter("Content-Type: text/plain; charset=gb2312", "镕㐂".encode("gb18030")).text == "镕㐂"
    )


def test_an_unknown_charset_is_guessed_and_nothing_is_lost() -> None:
    assert letter("Content-Type: text/plain; charset=x-nobody", "轴承".encode()).text == "轴承"
    mail = letter("Content-Type: text/plain; charset=utf-8", b"bearing \xff\xfe\x81 hot")
    assert mail.text.startswith("bearing")
    assert mail.text.endswith("hot")


def test_html_becomes_words() -> None:
    body = (
        b"<html><head><title>x</title><style>p{}</style></head><body><p>The pump&nbsp;leaks</p>"
        b"<script>alert(1)</script><div>since <b>Monday</b></div></body></html>"
    )
    mail = letter("Content-Type: text/html; charset=utf-8", body)
    assert mail.text.split() == ["The", "pump", "leaks", "since", "Monday"]
    assert "alert" not in mail.text


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 2 Nov 2026 at 10:00, Desk <desk@maker.example> wrote:\n> Is it hot?\n> Yes?",
        "> Is it hot?",
        "在 2026年11月2日，Desk <desk@maker.example> 写道：\n> 烫吗？",
        "-----原始邮件-----\n发件人: Desk <desk@maker.example>\n主题: 水泵\n\n烫吗？",
    ],
)
def test_what_is_quoted_is_left_out(quoted: str) -> None:
    mail = letter(
        "Content-Type: text/plain; charset=utf-8", f"It is very hot.\n\n{quoted}\n".encode()
    )
    assert mail.text == "It is very hot."


def test_a_letter_that_only_quotes_keeps_its_text() -> None:
    assert "hot" in letter("Content-Type: text/plain", b"> Is it hot?").text


def test_files_lose_their_paths_and_letters_in_letters_are_files() -> None:
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("See the pictures.")
    message.add_attachment(b"\x89PNG1", maintype="image", subtype="png", filename="..\\..\\a.png")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="/etc/b.pdf")
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("forwarded")
    message.add_attachment(inner)
    mail = read(message.as_bytes())
    assert mail.text == "See the pictures."
    assert [each.name for each in mail.files] == ["a.png", "b.pdf", "4.rfc822"]
    assert b"forwarded" in mail.files[2].content


def test_a_long_text_is_cut_and_says_so() -> None:
    mail = letter("Content-Type: text/plain", b"word " * TEXT_LENGTH_MAX)
    assert len(mail.text) == TEXT_LENGTH_MAX
    assert mail.cut


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff" * 50, b"Subject: nobody\r\n\r\nx", b"From: nobody at all\r\n\r\nx"],
)
def test_what_is_no_letter_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableMail):
        read(raw)


def test_a_thousand_nested_parts_are_refused() -> None:
    head = b"From: a@b.example\r\n"
    for number in range(1000):
        head += f'Content-Type: multipart/mixed; boundary="{number}"\r\n\r\n--{number}\r\n'.encode()
    with pytest.raises(UnreadableMail):
        read(head + b"Content-Type: text/plain\r\n\r\nx")


def test_the_same_id_from_another_sender_is_another_letter() -> None:
    head = b"Message-ID: <1@x>\r\n\r\nhello"
    one, other = read(b"From: a@b.example\r\n" + head), read(b"From: c@d.example\r\n" + head)
    again = read(b"Received: once more\r\nFrom: a@b.example\r\n" + head)
    assert one.key != other.key
    assert one.key == again.key


@pytest.mark.parametrize(
    "text",
    [
        "> " * 20_000,
        "On " * 9_000 + "wrote:",
        "-" * 30_000,
        "发件人:" * 6_000,
        "\n" * 30_000,
        ("a" * 60 + " ") * 500 + "wrote:",
        "On a\n" * 5_000,
        "From: " * 5_000,
    ],
    ids=["quotes", "on", "dashes", "from-zh", "lines", "words", "lines-on", "from"],
)
def test_hostile_quotes_do_not_hold_the_reader_up(text: str) -> None:
    before = time.process_time()
    letter("Content-Type: text/plain; charset=utf-8", text.encode())
    # Patterns that run away take hours; what is measured here is a few hundredths of a second.
    assert time.process_time() - before < 10


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_whatever_comes_is_read_or_refused(head: bytes, body: bytes) -> None:
    try:
        mail = read(b"From: a@b.example\r\n" + head + b"\r\n\r\n" + body)
    except UnreadableMail:
        return
    for kept in (mail.subject, mail.text, mail.sender_name, *(each.name for each in mail.files)):
        plain_text("kept", kept, TEXT_LENGTH_MAX, blank=True)
