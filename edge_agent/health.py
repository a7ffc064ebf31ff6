"""How the gateway itself is, for the status: one more entry beside its sources.

`name` and `kind` are `agent`; `state` is `ok` or `trouble`, `detail` says what the trouble is.
"""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from edge_agent.config import EdgeConfig

DISK_FREE_MIN: Final = 200_000_000
CERTIFICATE_DAYS_MIN: Final = 14
_SECONDS_A_DAY: Final = 86_400
_US: Final = 1_000_000


def own_report(
    config: EdgeConfig, started_at_us: int, now_us: int, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the entry.

    Args:
        config: what runs.
        started_at_us: since when.
        now_us: the present, by this machine's clock.
        about: what else is known of the agent, such as its key and its configuration.
    """
    certificates = [facts for path in _files(config) if (facts := _certificate(path))]
    disk_free = _disk_free(config.buffer.path.parent)
    troubles = [
        *([f"{disk_free:,} bytes are left on the disk"] if disk_free < DISK_FREE_MIN else []),
        *(_certificate_trouble(facts, now_us) for facts in certificates),
    ]
    trouble = "; ".join(text for text in troubles if text)
    return {
        "name": "agent",
        "kind": "agent",
        "state": "trouble" if trouble else "ok",
        "detail": trouble,
        "started_at_us": started_at_us,
        "disk_free": disk_free,
        "certificates": certificates,
        **about,
    }


def _files(config: EdgeConfig) -> list[Path]:
    found = [config.mqtt.ca_file, config.mqtt.cert_file]
    if config.platform is not None:
        found.append(config.platform.ca_file)
    return [path for path in found if path is not None]


def _disk_free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _certificate(path: Path) -> dict[str, Any]:
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError:
        changed_at = 0
    return dict(_read_certificate(path, changed_at))


@lru_cache(maxsize=16)
def _read_certificate(path: Path, changed_at: int) -> tuple[tuple[str, Any], ...]:  # noqa: ARG001 - part of the key
    """Return a file's name and when the first of its certificates to do so ends, µs since 1970."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
        ends = min(int(one.not_valid_after_utc.timestamp()) for one in found)
    except (OSError, ValueError) as error:
        return (("file", path.name), ("not_after_us", None), ("detail", str(error)[:200]))
    return (("file", path.name), ("not_after_us", ends * _US), ("detail", ""))


def _certificate_trouble(facts: Mapping[str, Any], now_us: int) -> str:
    ends_us = facts["not_after_us"]
    if ends_us is None:
        return f"{facts['file']} cannot be read: {facts['detail']}"
    if ends_us - now_us > CERTIFICATE_DAYS_MIN * _SECONDS_A_DAY * _US:
        return ""
    word = "ends" if ends_us > now_us else "ended"
    return f"{facts['file']} {word} {datetime.fromtimestamp(ends_us / _US, UTC).date()}"
