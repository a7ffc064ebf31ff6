"""The printed configuration is one the gateway accepts, and covers the whole plant."""

import tomllib

from edge_agent.config import EdgeConfig
from simulator.edge_config import GatewayLink, plant_config
from simulator.machines import standard_machines
from simulator.units import engineering_unit, unit_id

LINK = GatewayLink(
    agent="gw_1",
    key_file="gateway.key",
    mqtt_url="mqtt://edge:secret@127.0.0.1:1883",
    buffer="buffer.sqlite",
    opcua_url="opc.tcp://127.0.0.1:4840/forewarn/plant/",
    devices_url="mqtt://plant:secret@127.0.0.1:1883",
)


def test_it_is_valid_and_has_every_point() -> None:
    config = EdgeConfig.model_validate(tomllib.loads(plant_config(LINK, {"pump-1": "P-1"})))
    points = sum(len(machine.points) for machine in standard_machines())
    assert len(config.opcua[0].tags) == points
    assert {tag.asset for tag in config.opcua[0].tags} == {"P-1", "spindle-1", "compressor-1"}
    assert len(config.mqtt_json) == 1
    assert len(config.sparkplug) == 1


def test_devices_are_left_out_without_a_broker() -> None:
    link = GatewayLink(**{**vars(LINK), "devices_url": ""})
    config = EdgeConfig.model_validate(tomllib.loads(plant_config(link, {})))
    assert config.mqtt_json == []
    assert config.sparkplug == []


def test_units_carry_their_unece_code() -> None:
    # OPC UA Part 8 gives the code of degrees Celsius, "CEL", as 4408652.
    assert unit_id("CEL") == 4408652
    assert engineering_unit("°C").UnitId == 4408652
    assert engineering_unit("furlong").UnitId == -1


def test_every_unit_of_the_plant_has_a_code() -> None:
    for machine in standard_machines():
        for point in machine.points:
            assert engineering_unit(point.unit).UnitId != -1, point.unit
