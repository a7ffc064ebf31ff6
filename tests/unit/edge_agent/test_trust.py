"""The gateway's own certificate, and which servers' it accepts."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from edge_agent.errors import CertificateUnknown
from edge_agent.trust.own import application_uri, der, own_certificate
from edge_agent.trust.store import REJECTED_MAX, TrustStore, thumbprint
from kernel.clock import utc_now
from kernel.errors import ConfigurationError, InvalidInput


def test_the_own_certificate_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    own = own_certificate(tmp_path / "pki", "gw-1")
    (made,) = own.certificates
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [application_uri("gw-1")]
    assert made.not_valid_after_utc - utc_now() > timedelta(days=4 * 365)
    assert own_certificate(tmp_path / "pki", "gw-1").certificates == (made,)
    files = [path for path in (tmp_path / "pki").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_it_is_renewed_in_time_with_the_same_key(tmp_path: Path) -> None:
    old = own_certificate(tmp_path, "gw-1", utc_now() - timedelta(days=5 * 365 - 30))
    renewed = own_certificate(tmp_path, "gw-1")
    assert len(renewed.certificates) == 2
    assert renewed.certificates[1] == old.certificates[0]
    assert renewed.key.private_numbers() == old.key.private_numbers()
    later = own_certificate(tmp_path, "gw-1", utc_now() + timedelta(days=31))
    assert later.certificates == (renewed.certificates[0],)  # the former one has expired


def test_another_gateways_certificate_is_not_used(tmp_path: Path) -> None:
    (first,) = own_certificate(tmp_path, "gw-1").certificates
    (second,) = own_certificate(tmp_path, "gw-2").certificates
    assert first != second


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    own_certificate(tmp_path, "gw-1")
    (tmp_path / "own" / "key.pem").write_bytes(b"-----BEGIN nothing")
    with pytest.raises(ConfigurationError, match="own"):
        own_certificate(tmp_path, "gw-1")


def server(folder: Path, name: str) -> x509.Certificate:
    return own_certificate(folder / name, name).certificates[0]


def test_accepting_and_rejecting(tmp_path: Path) -> None:
    store, met = TrustStore(tmp_path / "pki"), server(tmp_path, "a")
    assert not store.trusts(met)
    store.put_aside(met, "not accepted", "line", "opc.tcp://x")
    (known,) = store.known()
    assert (known.trusted, known.reason, known.source) == (False, "not accepted", "line")
    colons = ":".join(known.sha1[i : i + 2] for i in range(0, 40, 2)).upper()
    assert store.accept(colons).trusted
    assert store.trusts(met)
    assert [one.trusted for one in store.known()] == [True]
    assert store.reject(known.thumbprint[:8]).reason == "refused by the operator"
    assert not store.trusts(met)


def test_what_is_not_meant_is_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "pki")
    store.put_aside(server(tmp_path, "a"), "", "", "")
    for wanted in ("", "ab", "0" * 64, "no such file.der"):
        with pytest.raises(CertificateUnknown):
            store.accept(wanted)
    text = tmp_path / "text.pem"
    text.write_text("-----BEGIN CERTIFICATE-----\nnothing")
    with pytest.raises(InvalidInput):
        store.accept(str(text))


def test_a_file_changed_in_the_store_is_not_trusted(tmp_path: Path) -> None:
    store, one, two = TrustStore(tmp_path / "pki"), server(tmp_path, "a"), server(tmp_path, "b")
    path = tmp_path / "a.der"
    path.write_bytes(der(one))
    store.accept(str(path))
    (tmp_path / "pki" / "trusted" / f"{thumbprint(der(one))}.der").write_bytes(der(two))
    assert not store.trusts(one)
    assert not store.trusts(two)


def test_a_server_with_ever_new_certificates_fills_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_agent.trust import store as module

    monkeypatch.setattr(module, "REJECTED_MAX", 3)
    store = TrustStore(tmp_path / "pki")
    for number in range(6):
        store.put_aside(server(tmp_path, str(number)), "new", "line", "opc.tcp://x")
    assert len(store.known()) == 3 < REJECTED_MAX
    assert len(list((tmp_path / "pki" / "rejected").iterdir())) == 6
