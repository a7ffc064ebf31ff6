"""Who is remembered of those who publish unasked, whatever names somebody makes up."""

import random

from ingest.third_party.crowd import ADDRESSES_MAX, NAMESPACE_MAX, Crowd


def test_a_namespace_takes_so_many_and_the_others_keep_their_room() -> None:
    crowd = Crowd()
    let_in = [crowd.admit(("json", f"devices/noisy/{n}"))[0] for n in range(5000)]
    assert sum(let_in) == NAMESPACE_MAX
    assert crowd.admit(("json", "devices/quiet/a")) == (True, None)
    # A node's login may name any group, and a group any node.
    let_in = [crowd.admit(("sparkplug", f"g{n}/noisy"))[0] for n in range(5000)]
    assert sum(let_in) == NAMESPACE_MAX
    let_in = [crowd.admit(("sparkplug", f"loud/n{n}"))[0] for n in range(5000)]
    assert sum(let_in) == NAMESPACE_MAX
    assert crowd.admit(("sparkplug", "plant/pump")) == (True, None)


def test_when_there_is_no_room_the_fullest_gives_way() -> None:
    crowd = Crowd(
        ("json", f"devices/{name}/{n}") for name in range(20) for n in range(ADDRESSES_MAX // 20)
    )
    assert crowd.admit(("json", "devices/new/0")) == (True, ("json", "devices/0/0"))
    assert ("json", "devices/0/0") not in crowd
    # Those that come back take it from others that have more, not from the new one.
    assert crowd.admit(("json", "devices/0/0")) == (False, None)
    crowd.admit(("json", "devices/new/1"))
    assert ("json", "devices/new/0") in crowd


def test_there_are_never_more_than_allowed() -> None:
    some = random.Random(3)
    crowd = Crowd()
    here: set[tuple[str, str]] = set()
    for _ in range(5000):
        key = "json", f"devices/{some.randrange(2000)}/{some.randrange(5)}"
        let_in, gone = crowd.admit(key)
        if let_in:
            here.add(key)
        if gone is not None:
            here.remove(gone)
        assert len(here) <= ADDRESSES_MAX
    assert all(key in crowd for key in here)
