"""Two gateways, both lanes, faults that come, join, worsen, go and come back."""

from typing import Any

from tests.integration.anomaly.world import World, steady, wearing

AGENTS = ("gw", "gw-2")
FRAMES = 210


def assets(world: World) -> list[str]:
    return [world.asset(), world.asset("spindle")]


def story(world: World, asset_ids: list[str]) -> None:
    pump, spindle = asset_ids
    first, second = world.series(pump), world.series(pump, "temperature")
    third = world.series(spindle, "current")
    world.send("gw", [first, second], 60)
    world.send("gw", [first, second], 10, s1=wearing(600), s2=wearing(640))
    world.send("gw", [first, second], 20, s1=steady(), s2=steady())
    world.send("gw", [first, second], 8, s1=wearing(900, 2.0))
    world.send("gw", [first, second], 20, s1=steady())
    world.send("gw", [first, second], 20, lane="backlog", s2=wearing(30, 1.0))
    world.send("gw-2", [third], 60, s3=steady())
    world.send("gw-2", [third], 12, s3=lambda *_: 10.5)


def told(world: World) -> list[tuple[Any, ...]]:
    """The events per asset in order, without what depends on when they were written."""
    kept = (
        "severity",
        "failure_mode",
        "onset_at",
        "cleared_at",
        "evidence_at",
        "occurrence",
        "cause",
        "historical",
    )
    events = [
        (payload["asset_id"], topic, *(str(payload.get(name)) for name in kept))
        for topic, payload in world.events()
    ]
    order = {asset_id: number for number, asset_id in enumerate(sorted({e[0] for e in events}))}
    return sorted(((order[e[0]], *e[1:]) for e in events), key=lambda event: event[0])
