"""`doctor` tries the relay as it tries SendGrid: each failure names the setting to change, and nothing is sent."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from smtp_fake import PASSWORD, USER, Authority, Fault, RelayBehaviour, make_authority, run_fake_relay

from newsletter import i18n
from newsletter.diagnostics import smtp_probe
from newsletter.providers.smtp.connection import Relay

SENDER = "bonjour@lettre.example.org"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


PROBLEMS: list[tuple[RelayBehaviour, dict[str, Any], str, str]] = [
    (RelayBehaviour(security="starttls"), {}, "doctor_smtp", ""),
    (RelayBehaviour(security="starttls", auth="LOGIN"), {}, "doctor_smtp", ""),
    (RelayBehaviour(security="tls"), {"security": "tls"}, "doctor_smtp", ""),
    (RelayBehaviour(security="tls"), {"security": "tls", "ca_file": ""}, "doctor_smtp_certificate", "host"),
    (RelayBehaviour(security="starttls"), {"ca_file": ""}, "doctor_smtp_certificate", "host"),
    (RelayBehaviour(security="starttls"), {"password": "wrong"}, "doctor_smtp_login", "NEWSLETTER_SMTP__PASSWORD"),
    (RelayBehaviour(security="starttls", login="534 5.7.9 app password needed"), {}, "doctor_smtp_login", "534 5.7.9"),
    (RelayBehaviour(security="starttls", login="454 4.7.0 not now"), {}, "doctor_smtp_later", "relancez"),
    (RelayBehaviour(security="starttls", auth="GSSAPI"), {}, "doctor_smtp_no_login", "username"),
    (RelayBehaviour(security="starttls", auth=""), {}, "doctor_smtp_no_login", "username"),
    (RelayBehaviour(security="starttls"), {"password": "clé"}, "doctor_smtp_not_ascii", "NEWSLETTER_SMTP__PASSWORD"),
    (RelayBehaviour(security="starttls"), {"username": ""}, "doctor_smtp_must_log_in", "username"),
    (RelayBehaviour(security="starttls", starttls="501 5.5.1 no"), {}, "doctor_smtp_refuses_tls", "465"),
    (RelayBehaviour(security="starttls", starttls="454 4.7.0 not now"), {}, "doctor_smtp_later", "relancez"),
    (RelayBehaviour(security="none"), {}, "doctor_smtp_no_starttls", "security"),
    (RelayBehaviour(security="none", strict=False), {"security": "tls"}, "doctor_smtp_no_tls", "starttls"),
    (RelayBehaviour(security="tls", strict=False), {"security": "none"}, "doctor_smtp_silent", "465"),
    (RelayBehaviour(greeting="554 5.7.1 your address is listed"), {"security": "none"}, "doctor_smtp_refuses", "listed"),
    (RelayBehaviour(greeting="421 4.3.2 busy"), {"security": "none"}, "doctor_smtp_later", "busy"),
    (RelayBehaviour(greeting="HTTP/1.1 400 Bad Request"), {"security": "none"}, "doctor_smtp_", ""),
    (RelayBehaviour(security="none"), {"security": "none", "username": ""}, "doctor_smtp", ""),
]  # fmt: skip


@pytest.mark.parametrize(("manners", "changed", "key", "named"), PROBLEMS)
def test_each_problem_of_a_relay_is_named(
    certificates: Authority,
    monkeypatch: pytest.MonkeyPatch,
    manners: RelayBehaviour,
    changed: dict[str, Any],
    key: str,
    named: str,
) -> None:
    monkeypatch.setattr(smtp_probe, "TIMEOUT_SECONDS", 1.0)
    with run_fake_relay(manners, certificates) as fake:
        usual: dict[str, Any] = {
            "username": USER,
            "password": PASSWORD,
            "security": "starttls",
            "ca_file": str(certificates.ca),
        }
        relay = Relay("localhost", fake.port, **(usual | changed))
        (probe,) = smtp_probe.probes(relay, SENDER)
        assert fake.received == []
        fake.violations.clear()  # what is no SMTP is told to a relay that speaks none
    assert probe.key == key or (key.endswith("_") and probe.key.startswith(key))
    assert (probe.state == "good") is (key == "doctor_smtp")
    text = i18n.say("fr", probe.key, **probe.facts)
    assert named in text
    assert str(fake.port) in text
    assert PASSWORD not in text
    assert "wrong" not in text


def test_a_certificate_for_another_host_is_reported(certificates: Authority) -> None:
    with run_fake_relay(RelayBehaviour(security="starttls"), certificates, good=False) as fake:
        relay = Relay("localhost", fake.port, security="starttls", ca_file=str(certificates.ca))
        (probe,) = smtp_probe.probes(relay, SENDER)
    assert probe.key == "doctor_smtp_certificate"


def test_a_refused_sender_is_reported(certificates: Authority) -> None:
    with run_fake_relay(RelayBehaviour(), certificates) as fake:
        fake.faults.append(Fault("mail", say="550 5.7.1 sender not allowed"))
        (probe,) = smtp_probe.probes(Relay("localhost", fake.port, security="none"), SENDER)
    assert (probe.key, probe.facts["sender"]) == ("doctor_smtp_sender", SENDER)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "é" * 70, ""])
def test_an_unknown_host_name_is_reported(host: str) -> None:
    (probe,) = smtp_probe.probes(Relay(host, 25), SENDER)
    assert probe.key in {"doctor_smtp_host", "doctor_smtp_port"}
    assert "host" in i18n.say("fr", probe.key, **probe.facts)


def test_a_closed_port_is_reported() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (probe,) = smtp_probe.probes(Relay("127.0.0.1", free.getsockname()[1]), SENDER)
    assert (probe.key, probe.state) == ("doctor_smtp_port", "bad")


def test_doctor_checks_the_relay(tmp_path: Path, found_project: Any) -> None:
    project = found_project(tmp_path)
    settings = project.folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace('provider = "outbox"', 'provider = "smtp"')
    with run_fake_relay(RelayBehaviour()) as fake:
        chosen = f'\n[smtp]\nhost = "127.0.0.1"\nport = {fake.port}\nsecurity = "none"\n'
        settings.write_text(text + chosen, "utf-8")
        assert f"✓ Le relais 127.0.0.1, port {fake.port}" in project.run("doctor").stdout
    assert "✗ 127.0.0.1 refuse la connexion" in project.run("doctor").stdout
