"""A login kept for one server: whoever else is named in its place hears nothing at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge_agent.agent import Agent
from edge_agent.browsing import Browser
from edge_agent.checking import check
from edge_agent.config import EdgeConfig, load_config
from kernel.wire.control import Browse
from runtime.embedded.service import free_port

CONFIG = """\
agent = "gw-1"
key = "000102030405060708090a0b0c0d0e0f"
pki = "certificates/pki"
[mqtt]
url = "mqtt://127.0.0.1:{nobody}"
[[opcua]]
name = "line-1"
url = "opc.tcp://127.0.0.1:{port}"
[[opcua.tags]]
node = "i=1"
asset = "A"
series = "temperature"
[[mqtt_json]]
name = "fans"
url = "mqtt://127.0.0.1:{port}"
[[mqtt_json.tags]]
topic = "fan"
path = "$.x"
asset = "A"
series = "speed"
"""
SECRETS = """\
[line-1]
address = "10.0.0.9:4840"
username = "reader"
password = "open-sesame"
[fans]
address = "127.0.0.1:1883"
username = "reader"
password = "open-sesame"
security_policy = "None"
[line-2]
address = "10.0.0.9:4840"
username = "reader"
password = "open-sesame"
"""


@asynccontextmanager
async def _somebody() -> AsyncIterator[tuple[int, list[bytes]]]:
    """Somebody at an address, who notes every connection and what it begins with."""
    heard: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"")
        heard[-1] += await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def _config(folder: Path, port: int) -> EdgeConfig:
    (folder / "edge.toml").write_text(CONFIG.format(port=port, nobody=free_port()))
    (folder / "secrets.toml").write_text(SECRETS)
    return load_config(folder / "edge.toml")


def test_sources_named_at_another_address_are_not_connected_and_say_why(tmp_path: Path) -> None:
    asyncio.run(_run_an_agent(tmp_path))


async def _run_an_agent(tmp_path: Path) -> None:
    async with _somebody() as (port, heard):
        config = _config(tmp_path, port)
        agent, stop = Agent(config), asyncio.Event()
        running = asyncio.create_task(agent.run(stop))
        await asyncio.sleep(1)
        reports = {report["name"]: report for report in (s.report() for s in agent.sources)}
        stop.set()
        await running
        found = [one async for one in check(config) if one.item in reports]
    assert heard == []
    assert set(reports) == {"line-1", "fans"}
    for name, report in reports.items():
        assert (report["state"], report["code"]) == ("lost", "secret_of_another_address"), name
        assert "open-sesame" not in str(report)
    assert [one.ok for one in found] == [False, False]
    assert all("secret_of_another_address" in one.detail for one in found)


def test_a_browse_of_another_address_gets_no_login(tmp_path: Path) -> None:
    asyncio.run(_browse_others(tmp_path))


async def _browse_others(tmp_path: Path) -> None:
    async with _somebody() as (port, heard):
        browser = Browser(_config(tmp_path, port))
        for source, url in (
            ("line-1", ""),
            ("line-1", f"opc.tcp://127.0.0.1:{port}"),
            ("line-2", f"opc.tcp://127.0.0.1:{port}"),
        ):
            done = asyncio.Event()
            wanted = Browse(f"brw_{source}{url}", source, url, "i=85", "None", "Sign", 100)
            browser.start(wanted, done.set)
            await asyncio.wait_for(done.wait(), 10)
            assert browser.found is not None
            assert browser.found.code == "secret_of_another_address", (source, url)
        await browser.stop()
        assert heard == []
