"""The gateway's keys while it runs: taken up from the platform, changed, and the former one let go.

In this order, so that a stop at any moment loses nothing: the next key is on disk before it is used; the
platform has seen it used before it signs frames; the former one is believed, and what it signed is sent as
it is, until none of it is left.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge_agent.buffer.store import Identity
from edge_agent.credentials import Credentials, KeyVersion, save_credentials
from kernel.log import get_logger
from kernel.wire.mqtt_address import MqttAddress

_log = get_logger(__name__)


class Keys:
    """All keys of the running agent.

    Attributes:
        identity: what signs frames, and whose answers are believed.
    """

    def __init__(self, credentials: Credentials, path: Path | None) -> None:
        self._credentials = credentials
        self._path = path
        self.identity = Identity(credentials.agent, credentials.current.key)
        self._use()

    @property
    def version(self) -> int:
        """Version of the key in force; 0 for one that was put here by hand."""
        return self._credentials.current.version

    @property
    def current(self) -> KeyVersion:
        """The key in force."""
        return self._credentials.current

    @property
    def next(self) -> KeyVersion | None:
        """The key that was offered."""
        return self._credentials.next

    @property
    def former(self) -> KeyVersion | None:
        """The key before, while it is needed."""
        return self._credentials.former

    @property
    def former_frames(self) -> int:
        """Frames up to this id may be signed with the former key."""
        return self._credentials.former_frames

    def login(self, address: MqttAddress) -> MqttAddress:
        """Return the broker's address with the login that goes with the key in force."""
        parts = urlsplit(self.current.broker_url)
        if parts.username is None:
            return address
        return replace(
            address, user=unquote(parts.username), password=unquote(parts.password or "")
        )

    def offer(self, key: KeyVersion) -> bool:
        """Keep a key that the platform offers; False when it cannot be kept or is there already."""
        if self._path is None or key.version <= self.version:
            return False
        if self.next is None or self.next.version != key.version:
            self._save(self._credentials.offered(key))
            _log.info("a new signing key was offered", version=key.version)
        return True

    def switch(self, newest_frame: Callable[[], int]) -> None:
        """Sign with the next key from now on; runs in the buffer's thread, between two frames."""
        assert self.next is not None, "a key was offered"
        self.identity.key = self.next.key
        self._save(self._credentials.switched(newest_frame()))
        _log.info("signing with a new key", version=self.version)

    def let_former_go(self) -> None:
        """Forget the former key: the platform knows that nothing it signed is left."""
        if self._path is not None and self.former is not None:
            self._save(self._credentials.without_former())
            _log.info("the former signing key is no longer needed", version=self.version)

    def _save(self, credentials: Credentials) -> None:
        assert self._path is not None, "keys that change are in a file"
        save_credentials(credentials, self._path)
        self._credentials = credentials
        self._use()

    def _use(self) -> None:
        known = self._credentials.keys()
        self.identity.others = tuple(key for key in known if key != self.identity.key)
