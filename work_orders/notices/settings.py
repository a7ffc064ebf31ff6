"""Settings of notices."""

from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section

SCHEMES = (
    "bark,dingtalk,discord,feishu,form,forms,gotify,gotifys,json,jsons,lark,line,mattermost,mattermosts,"
    "mmost,mmosts,msteams,ntfy,ntfys,pushover,rocket,rockets,serverchan,slack,telegram,tgram,webex,"
    "wecombot,workflow,workflows,wxpusher"
)


class Notices(Section):
    """Telling people: mail and text message gateways, and how hard to try."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_NOTICES_", extra="forbid", frozen=True)
    table: ClassVar[str] = "notices"

    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="The mail server as an Apprise address without recipient, "
        "`mailtos://user:password@smtp.example.com:587/?from=desk@example.com`; `mailto://` sends without "
        "TLS. Empty: no e-mail is sent.",
    )
    sms_url: SecretStr = Field(
        default=SecretStr(""),
        description="The gateway of text messages as an Apprise address with `{to}` for the number, "
        "`twilio://account:token@sender/{to}`. Empty: no text messages are sent.",
    )
    schemes: str = Field(
        default=SCHEMES,
        description="Which kinds of Apprise addresses people may enter as channels, comma separated.",
    )
    allowed_networks: str = Field(
        default="",
        description="Networks that channels may name though they are private, comma separated, such as "
        "`10.2.0.0/16`. By default addresses inside private, loopback and link-local networks are refused.",
    )
    send_timeout_s: float = Field(
        default=20.0, gt=0, le=120, description="How long a provider may take over one delivery."
    )
    attempts_max: int = Field(
        default=10, ge=1, le=100, description="After how many attempts a delivery is dead."
    )
    give_up_hours: float = Field(
        default=24.0, gt=0, le=720, description="After how many hours a delivery is dead."
    )
    senders: int = Field(
        default=4, ge=1, le=32, description="How many deliveries a worker process sends at once."
    )
