"""Settings of the service desk's mailbox."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section

Security = Literal["tls", "starttls", "none"]


class Mail(Section):
    """Where letters come from and go to. Without a server's name nothing is fetched, or nothing is sent."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_MAIL_", extra="forbid", frozen=True)
    table: ClassVar[str] = "mail"

    imap_host: str = Field(default="", description="IMAP server; empty fetches nothing.")
    imap_port: int = Field(default=993, ge=1, le=65535, description="Its port.")
    imap_security: Security = Field(
        default="tls", description="How it is spoken to; `none` is for a server on this machine."
    )
    imap_user: str = Field(default="", description="Login of the mailbox.")
    imap_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    imap_folder: str = Field(default="INBOX", description="The folder letters arrive in.")
    imap_done_folder: str = Field(
        default="Forewarn", description="The folder letters are moved to once they are on record."
    )
    every_s: float = Field(
        default=20, gt=0, description="Seconds between two looks into the mailbox."
    )
    size_max: int = Field(
        default=30_000_000,
        ge=10_000,
        description="Bytes of the largest letter that is read; a larger one is put on record unread.",
    )
    attachments_max: int = Field(
        default=20, ge=0, description="So many files of one letter are kept, at most."
    )
    hourly_max: int = Field(
        default=30,
        ge=1,
        description="Letters of one sender an hour; what exceeds this waits for a person.",
    )
    authenticated_by: str = Field(
        default="",
        description="Name by which your own server signs `Authentication-Results`; letters it says "
        "fail DMARC wait for a person. Empty trusts the sender's address as it stands.",
    )
    smtp_host: str = Field(default="", description="SMTP server; empty sends nothing.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Security = Field(
        default="starttls",
        description="How it is spoken to; `none` is for a server on this machine.",
    )
    smtp_user: str = Field(default="", description="Login; empty signs in to nothing.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    address: str = Field(
        default="", description="The desk's own address: sender of what goes out. Needed to send."
    )
    name: str = Field(default="Forewarn", description="The name shown with it.")
    timeout_s: float = Field(
        default=30, gt=0, description="Seconds after which a server that is silent is given up."
    )
    send_attempts_max: int = Field(
        default=12,
        ge=1,
        description="Attempts to send a letter before it is given up, over two days.",
    )
