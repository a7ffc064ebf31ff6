"""`forewarn edge enrol`: a one-time token becomes this machine's credentials.

Before it asks, the machine writes down a claim, a random secret of its own. When it dies before it has the
answer on disk, the same command finds the claim and asks again with it; the platform then gives the same
answer, and to nobody else. The claim is forgotten once everything is on disk.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from edge_agent.config.file import problem_of, read_tables
from edge_agent.config.platform import BUFFER_FILE, PlatformService
from edge_agent.credentials import (
    FRAMES_UNKNOWN,
    Credentials,
    KeyVersion,
    load_credentials,
    save_credentials,
    write_secret,
)
from edge_agent.platform_client import NotThePlatform, PlatformClient
from kernel.errors import ConfigurationError, Conflict, InvalidInput

CREDENTIALS_FILE: Final = "credentials.json"
CLAIM_FILE: Final = "enrolment.json"
BROKER_CA_FILE: Final = "broker-ca.pem"
_CLAIM_BYTES: Final = 32


class OfAnotherGateway(Conflict):
    """This folder is another gateway's already."""

    code: ClassVar[str] = "enrolled_as_another"


@dataclass(frozen=True)
class Enrolled:
    """What came of it.

    Attributes:
        already: this token had been used here before, and all of it was in place.
        wrote: files that are new or were replaced.
        own_login: the gateway has a login of its own at the broker.
    """

    agent: str
    name: str
    already: bool
    own_login: bool | None
    wrote: tuple[Path, ...] = ()


def enrol(service: PlatformService, token: str, config: Path) -> Enrolled:
    """Exchange a token for credentials, written beside `config`, which is made when it is not there.

    Raises:
        PlatformUnreachable, CertificateNotTrusted, NotThePlatform, PlatformRefused: see
            `edge_agent.platform_client`; `reason` is then `enrolment_token_expired`, `…_used`, `…_unknown`.
        OfAnotherGateway: `config` is of another gateway than the token.
        ConfigurationError: a file cannot be read or written.
    """
    folder = config.resolve().parent
    spent = hashlib.sha256(token.encode()).hexdigest()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = _done_before(folder / CREDENTIALS_FILE, config, spent)
        if done is not None:
            return done
        claim = _claim(folder / CLAIM_FILE, spent)
        client = PlatformClient(service.url, _absolute(service.ca_file))
        answer = _ask(client, token, claim)
        return _write(answer, service, spent, config)
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror or error}") from None


def service_of(url: str, ca_file: Path | None, *, allow_http: bool) -> PlatformService:
    """Return the platform at an address.

    Raises:
        InvalidInput: the address cannot be used.
    """
    facts: dict[str, Any] = {"url": url, "allow_http": allow_http}
    try:
        return PlatformService.model_validate(facts | ({"ca_file": ca_file} if ca_file else {}))
    except ValidationError as error:
        raise InvalidInput(f"{url}: {problem_of(error.errors()[0])}") from None


def _done_before(path: Path, config: Path, spent: str) -> Enrolled | None:
    """Return what an earlier run with this token has finished."""
    if not path.exists() or not config.exists():
        return None
    agent = str(read_tables(config).get("agent", ""))
    known = load_credentials(path, agent)
    if known.enrolled_with != spent:
        return None
    (path.parent / CLAIM_FILE).unlink(missing_ok=True)
    return Enrolled(agent, "", already=True, own_login=None)


def _claim(path: Path, spent: str) -> str:
    """Return the claim for a token: the one written down before, else a new one, on disk first."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["token"] == spent:
            return str(kept["claim"])
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path} cannot be read; remove it to begin anew") from None
    claim = secrets.token_urlsafe(_CLAIM_BYTES)
    write_secret(path, json.dumps({"token": spent, "claim": claim}) + "\n")
    return claim


def _ask(client: PlatformClient, token: str, claim: str) -> dict[str, Any]:
    body = json.dumps({"token": token, "claim": claim}).encode()
    data = client.post("/edge/enrolments", body, "application/json")
    try:
        answer = json.loads(data)
        bytes.fromhex(answer["key"])
        int(answer["key_version"])
        for place, name in ((answer, "gateway_id"), (answer["broker"], "url")):
            urlsplit(place[name])
        str(answer["broker"]["ca"])
    except (ValueError, KeyError, TypeError):
        raise NotThePlatform(f"{client.url} gives no answer a gateway understands") from None
    found: dict[str, Any] = answer
    return found


def _write(answer: dict[str, Any], service: PlatformService, spent: str, config: Path) -> Enrolled:
    agent, broker = answer["gateway_id"], answer["broker"]
    folder = config.resolve().parent
    if config.exists() and (found := read_tables(config).get("agent")) != agent:
        raise OfAnotherGateway(f"{config} is of {found}, the token is for {agent}")
    wrote = [folder / CREDENTIALS_FILE]
    if broker["ca"]:
        wrote.append(folder / BROKER_CA_FILE)
        write_secret(wrote[-1], broker["ca"])
    key = KeyVersion(int(answer["key_version"]), bytes.fromhex(answer["key"]), broker["url"])
    save_credentials(_credentials(wrote[0], agent, key, spent), wrote[0])
    if not config.exists():
        write_secret(config, _config_text(agent, service, broker))
        wrote.append(config)
    (folder / CLAIM_FILE).unlink(missing_ok=True)
    return Enrolled(agent, str(answer.get("name", "")), already=False,
                    own_login=bool(broker.get("own_login")), wrote=tuple(wrote))  # fmt: skip


def _credentials(path: Path, agent: str, key: KeyVersion, spent: str) -> Credentials:
    """Return the new credentials, with the key of an earlier enrolment: its frames may wait on the disk."""
    if not path.exists():
        return Credentials(agent, key, enrolled_with=spent)
    known = load_credentials(path, agent)
    if known.current.version == key.version:
        return Credentials(agent, key, known.former, known.next, spent, known.former_frames)
    return Credentials(agent, key, known.current, None, spent, FRAMES_UNKNOWN)


def _config_text(agent: str, service: PlatformService, broker: dict[str, Any]) -> str:
    """Return an `edge.toml` without sources: those come from the platform, or are added by hand."""
    parts = urlsplit(broker["url"])
    place = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    lines = [
        f"agent = {_toml(agent)}",
        f"credentials_file = {_toml(CREDENTIALS_FILE)}",
        "",
        "[platform]",
        f"url = {_toml(service.url)}",
        *([f"ca_file = {_toml(str(_absolute(service.ca_file)))}"] if service.ca_file else []),
        *(["allow_http = true"] if service.allow_http else []),
        "",
        "[mqtt]  # the login is in the credentials",
        f"url = {_toml(place)}",
        *([f"ca_file = {_toml(BROKER_CA_FILE)}"] if broker["ca"] else []),
        "",
        "[buffer]",
        f"path = {_toml(BUFFER_FILE)}",
    ]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    # A JSON string is a valid TOML basic string.
    return json.dumps(text, ensure_ascii=False)


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()
