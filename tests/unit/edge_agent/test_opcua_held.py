"""What an agent remembers of its sessions, killed at any moment and however often."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import SessionsLeftBehind
from edge_agent.sources.opcua.held import SESSION_MS, HeldSession, HeldSubscription, SessionFile

SECONDS = SESSION_MS / 1000


def test_a_session_survives_in_its_file(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "session.json")
    assert not file.load("f").there
    held = HeldSession("f", "ns=1;i=5", "00ff", [("anonymous", 0, "")],
                       [HeldSubscription(7, 100.0, 12)], {3: "BadNodeIdUnknown"})  # fmt: skip
    file.save(held)
    assert (tmp_path / "session.json").stat().st_mode & 0o777 == 0o600
    again = file.load("f")
    assert (again.token, again.failed, again.subscriptions[0].id) == (
        "ns=1;i=5",
        {3: "BadNodeIdUnknown"},
        7,
    )
    assert again.subscriptions[0].sequence == 0  # it went on meanwhile
    other = file.load("another configuration")
    assert (other.there, other.subscriptions, other.stale) == (True, [], [7])
    (tmp_path / "session.json").write_text('{"token": 1')
    assert not file.load("f").there


def test_a_file_of_a_former_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "session.json").write_text(
        '{"fingerprint": "f", "token": "i=1", "nonce": "", "policies": [], "subscriptions": [],'
        ' "failed": {}, "heard_us": 5}'
    )
    held = SessionFile(tmp_path / "session.json").load("f")
    assert (held.token, held.heard_us, held.left) == ("i=1", 5, [])


def test_a_third_session_waits_until_the_first_is_forgotten() -> None:
    held = HeldSession("f")
    held.opening(1000.0)
    held.opening(1010.0)
    with pytest.raises(SessionsLeftBehind, match="40 s"):
        held.opening(1020.0)
    noted = held.opening(1000.0 + SECONDS)
    held.opened(noted)
    assert held.left == [1010.0 + SECONDS]


def test_a_clock_that_is_set_back_makes_nobody_wait() -> None:
    held = HeldSession("f")
    held.opening(1e9)
    held.opening(1e9)
    held.opening(5e8)
    assert held.left == [5e8 + SECONDS]


class Server:
    """Keeps a session for `SECONDS` after it was heard of last."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}
        self.made = 0

    def create(self, now: float) -> str:
        self.made += 1
        self.until[f"i={self.made}"] = now + SECONDS
        return f"i={self.made}"

    def there(self, now: float) -> list[str]:
        return [token for token, until in self.until.items() if until > now]


# How far a life comes before it is killed: nothing but the note, the server's session, all of it.
LIVES = st.lists(
    st.tuples(
        st.sampled_from(["noted", "created", "activated", "saved"]),
        st.floats(0, 25),
        st.booleans(),
    ),
    max_size=40,
)


@given(LIVES)
def test_killed_at_any_moment_one_session_is_left_beside_the_one_in_use(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[str, float, bool]]
) -> None:
    server, now = Server(), 1000.0
    file = SessionFile(tmp_path_factory.mktemp("held") / "session.json")
    for end, seconds, resumable in lives:
        now += seconds
        held = file.load("f")
        if held.there and resumable and held.token in server.there(now):
            server.until[held.token] = now + SECONDS
            file.save(held)
            continue
        if held.token in server.there(now):
            held.lose(now)
        held.token = ""
        try:
            noted = held.opening(now)
        except SessionsLeftBehind:
            continue
        file.save(held)
        if end == "noted":
            continue
        token = server.create(now)
        if end == "saved":
            held.opened(noted)
            held.token = token
            file.save(held)
        assert len(server.there(now)) <= 2
