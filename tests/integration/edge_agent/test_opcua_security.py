"""Policies, certificates and logins against a server that insists on them."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.agent import Agent
from edge_agent.config import EdgeConfig
from edge_agent.sources.opcua import reader
from edge_agent.trust.own import own_certificate
from edge_agent.trust.store import TrustStore
from kernel.clock import utc_now
from runtime.commands.edge_trust import app as trust
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Plc, agent_running, edge_toml, reads, until
from tests.integration.edge_agent.secure_plc import Pair, SecurePlc, certificate

NOWHERE = "mqtt://edge:e@127.0.0.1:1"


@pytest.fixture(scope="module")
def pair() -> Pair:
    return certificate()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "TRUST_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(reader, "_RETRY_SECONDS_MAX", 0.5)


def secured(folder: Path, plc: Plc, more: str = "", policy: str = "Basic256Sha256") -> EdgeConfig:
    more = f'security_policy = "{policy}"\n{more}'
    return edge_toml(folder / "edge.toml", NOWHERE, plc.url, agent="gw-sec", more=more)


def accept(folder: Path, pair: Pair) -> None:
    path = folder / "server.der"
    path.write_bytes(pair.der)
    TrustStore(folder / "pki").accept(str(path))


def plc_of(agent: Agent) -> dict[str, Any]:
    return agent.sources[0].report()


async def reads_values(agent: Agent, plc: Plc) -> None:
    await until(lambda: reads(agent))
    before = plc_of(agent)["values"]
    await plc.count_up(2)
    await until(lambda: plc_of(agent)["values"] >= before + 6)


def test_every_policy_and_mode_reads(tmp_path: Path, pair: Pair) -> None:
    async def body() -> None:
        plc = SecurePlc(free_port(), pair)
        accept(tmp_path, pair)
        async with plc.running():
            for policy in ("Basic256Sha256", "Aes128-Sha256-RsaOaep", "Aes256-Sha256-RsaPss"):
                for mode in ("Sign", "SignAndEncrypt"):
                    await plc.reset()
                    config = secured(tmp_path, plc, f'security_mode = "{mode}"\n', policy)
                    async with agent_running(config) as agent:
                        await reads_values(agent, plc)
                        report = plc_of(agent)
                    assert report["security"] == f"{policy} {mode}"
                    assert report["server_certificate"]["trusted"]
                    assert report["login"] == "anonymous"

    asyncio.run(body())


def test_an_unknown_server_waits_for_the_operators_word(tmp_path: Path, pair: Pair) -> None:
    def told(*arguments: str) -> str:
        result = CliRunner().invoke(trust, [*arguments, "--config", str(tmp_path / "edge.toml")])
        assert result.exit_code == 0, result.output
        return result.output

    async def body() -> None:
        plc, other = SecurePlc(free_port(), pair), Plc(free_port())
        async with plc.running(), other.running():
            config = secured(tmp_path, plc)
            text = (tmp_path / "edge.toml").read_text()
            second = text[text.index("[[opcua]]") :].replace(plc.url, other.url)
            for old, new in (('"plc"', '"other"'), ('"t', '"u'), ("SN-1", "SN-2"),
                             ('security_policy = "Basic256Sha256"', "")):  # fmt: skip
                second = second.replace(old, new)
            (tmp_path / "edge.toml").write_text(text + second)
            from edge_agent.config import load_config

            config = load_config(tmp_path / "edge.toml")
            async with agent_running(config) as agent:
                await until(lambda: plc_of(agent)["code"] == "certificate_untrusted")
                await until(lambda: agent.sources[1].report()["state"] == "connected")
                await other.count_up(1)
                await until(lambda: agent.sources[1].report()["values"] == 3)
                (server,) = json.loads(told("list", "--json"))["servers"]
                assert not server["trusted"]
                assert "not accepted" in server["reason"]
                assert server["url"] == plc.url
                assert server["thumbprint"][:16] in plc_of(agent)["detail"]
                assert "trusted" in told("accept", server["thumbprint"][:16])
                await reads_values(agent, plc)
                assert "rejected" in told("reject", server["sha1"])
                await until(lambda: plc_of(agent)["code"] == "certificate_untrusted")
                assert "refused by the operator" not in plc_of(agent)["detail"]
                assert "not accepted" in told("list")

    asyncio.run(body())


@pytest.mark.parametrize(
    ("made", "more", "code"),
    [
        (certificate(days=-1), "", "certificate_expired"),
        (certificate(host="192.0.2.7"), "", "certificate_wrong_host"),
        pytest.param(
            certificate(host="plc.example"), "", "certificate_wrong_host", marks=pytest.mark.long
        ),
        pytest.param(
            certificate(host="192.0.2.7"), "verify_host = false\n", "", marks=pytest.mark.long
        ),
    ],
)
def test_a_wrong_certificate_is_refused_though_accepted(
    tmp_path: Path, made: Pair, more: str, code: str
) -> None:
    async def body() -> None:
        plc = SecurePlc(free_port(), made)
        accept(tmp_path, made)
        async with plc.running(), agent_running(secured(tmp_path, plc, more)) as agent:
            if code:
                await until(lambda: plc_of(agent)["code"] == code)
            else:
                await reads_values(agent, plc)

    asyncio.run(body())


def test_a_certificate_accepted_in_advance_takes_over(tmp_path: Path, pair: Pair) -> None:
    async def body() -> None:
        port, new = free_port(), certificate("renewed")
        accept(tmp_path, pair)
        plc = SecurePlc(port, pair)
        config = secured(tmp_path, plc)
        async with agent_running(config) as agent:
            async with plc.running():
                await reads_values(agent, plc)
                first = plc_of(agent)["server_certificate"]["thumbprint"]
                accept(tmp_path, new)
            renewed = SecurePlc(port, new)
            async with renewed.running():
                await renewed.write(0, 1.0, at=utc_now())
                await reads_values(agent, renewed)
                assert plc_of(agent)["server_certificate"]["thumbprint"] != first
                # What the first server may have had to tell is nowhere any more, and that is said.
                await until(lambda: plc_of(agent)["gaps_count"] >= 1)

    asyncio.run(body())


@pytest.mark.long
def test_logins_with_a_password_and_with_a_certificate(tmp_path: Path, pair: Pair) -> None:
    user = certificate("operator")
    (tmp_path / "user.der").write_bytes(user.der)
    (tmp_path / "user.pem").write_bytes(user.key_pem)
    accept(tmp_path, pair)

    async def login(plc: SecurePlc, more: str, code: str) -> None:
        async with plc.running(), agent_running(secured(tmp_path, plc, more)) as agent:
            if code:
                await until(lambda: plc_of(agent)["code"] == code)
            else:
                await reads_values(agent, plc)

    async def body() -> None:
        files = 'user_certificate_file = "user.der"\nuser_key_file = "user.pem"\n'
        await login(SecurePlc(free_port(), pair, user_certificates=[user.der]), files, "")
        stranger = [certificate("stranger").der]
        refused = SecurePlc(free_port(), pair, user_certificates=stranger)
        await login(refused, files, "login_refused")
        word = 'username = "reader"\npassword = "{}"\n'
        users = {"reader": "right"}
        await login(SecurePlc(free_port(), pair, users=users), word.format("right"), "")
        plc = SecurePlc(free_port(), pair, users=users)
        await login(plc, word.format("wrong"), "login_refused")

    asyncio.run(body())


def test_a_server_that_does_not_know_the_renewed_certificate_sees_the_former(
    tmp_path: Path, pair: Pair
) -> None:
    pki = tmp_path / "pki"
    long_ago = utc_now() - timedelta(days=4 * 365 + 330)
    former = own_certificate(pki, "gw-sec", long_ago).certificates[0]
    accept(tmp_path, pair)

    async def body() -> None:
        plc = SecurePlc(free_port(), pair)
        current, kept = own_certificate(pki, "gw-sec").certificates
        assert kept == former
        from edge_agent.trust.own import der

        plc.refused.add(der(current))
        async with plc.running():
            async with agent_running(secured(tmp_path, plc)) as agent:
                await reads_values(agent, plc)
            plc.refused.add(der(former))
            async with agent_running(secured(tmp_path, plc)) as agent:
                await until(lambda: plc_of(agent)["code"] == "own_certificate_refused")
                assert "own/cert.der" in plc_of(agent)["detail"]

    asyncio.run(body())


def test_a_policy_the_server_does_not_have_is_named(tmp_path: Path) -> None:
    async def body() -> None:
        plc = Plc(free_port())
        async with plc.running(), agent_running(secured(tmp_path, plc)) as agent:
            await until(lambda: plc_of(agent)["code"] == "policy_not_offered")
            assert plc_of(agent)["detail"].endswith("SignAndEncrypt, but None")

    asyncio.run(body())
