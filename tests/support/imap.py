"""A real IMAP server (pymap) for a test's length."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imap_tools import BaseMailBox, MailBoxUnencrypted

from runtime.embedded.service import answers, free_port

PASSWORD = "a mailbox's password"


@dataclass(frozen=True)
class ImapServer:
    """Where the server listens, and the one login it has."""

    port: int
    user: str = "desk"

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[BaseMailBox]:
        """Look into the mailbox as its owner's mail program would."""
        box = MailBoxUnencrypted("127.0.0.1", self.port)
        with box.login(self.user, PASSWORD, folder) as mailbox:
            yield mailbox

    def deliver(self, *letters: bytes) -> None:
        """Put letters into the mailbox."""
        with self.opened() as mailbox:
            for letter in letters:
                mailbox.append(letter)

    def count(self, folder: str) -> int:
        """Return how many letters are in a folder."""
        with self.opened(folder) as mailbox:
            return len(mailbox.uids())


@contextmanager
def imap_server(folder: Path) -> Iterator[ImapServer]:
    """Run an IMAP server that keeps its letters in memory and its log in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    program = str(Path(sys.executable).with_name("pymap"))
    with (folder / "imap.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--host", "127.0.0.1", "--port", str(port), "--no-tls",
             "dict", "--demo-user", "desk", "--demo-password", PASSWORD],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            until = time.monotonic() + 30
            while not answers(port):
                assert process.poll() is None, (folder / "imap.log").read_text()
                assert time.monotonic() < until, "the IMAP server does not answer"
                time.sleep(0.05)
            yield ImapServer(port)
        finally:
            process.terminate()
            process.wait(10)
