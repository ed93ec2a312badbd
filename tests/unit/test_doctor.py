from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from newsletter.diagnostics import environment, received_message
from newsletter.errors import InputError
from newsletter.model.publication import Publication, Sender

DNS_ZONES: list[tuple[dict[tuple[str, str], list[str]], str, set[str]]] = [
    ({("l.fr", "TXT"): ["v=spf1 -all"], ("_dmarc.l.fr", "TXT"): ["v=DMARC1; p=none"]}, "smtp", {"doctor_spf", "doctor_dmarc"}),
    ({("l.fr", "TXT"): ["google-site=x"]}, "smtp", {"doctor_spf_missing", "doctor_dmarc_missing"}),
    ({("l.fr", "TXT"): ["v=spf1 a", "v=spf1 b"], ("_dmarc.l.fr", "TXT"): ["V=DMARC1; p=reject"]}, "smtp", {"doctor_spf_twice", "doctor_dmarc"}),
    ({("s1._domainkey.l.fr", "CNAME"): ["s1.sendgrid.net."]}, "sendgrid", {"doctor_dkim", "doctor_dmarc_missing"}),
    ({}, "sendgrid", {"doctor_dkim_missing", "doctor_dmarc_missing"}),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "provider", "expected"), DNS_ZONES)
def test_check_dns_reports_spf_dkim_and_dmarc(
    publication: Publication, zone: Mapping[tuple[str, str], list[str]], provider: str, expected: set[str]
) -> None:
    ours = replace(publication, sender=Sender("bonjour@l.fr"))
    found = environment.check_dns(ours, provider, lambda name, kind: zone.get((name, kind), []))
    assert {line.key for line in found} == expected


NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("date", "key"),
    [
        ("Sun, 22 Nov 2026 12:00:30 GMT", "doctor_clock"),
        ("Sun, 22 Nov 2026 12:05:00 GMT", "doctor_clock_wrong"),
        ("", "doctor_clock_unseen"),
        ("yesterday", "doctor_clock_unseen"),
    ],
)
def test_check_clock_compares_with_the_date_of_a_server(date: str, key: str) -> None:
    assert [line.key for line in environment.check_clock(date, NOON)] == [key]


def make_received_message(**changes: str) -> bytes:
    """Return a test as SendGrid delivers it, with the headers documented in 2024."""
    headers = {
        "DKIM-Signature": "v=1; a=rsa-sha256; d=lettre.example.org; s=s1;\r\n h=content-type:from:mime-version:subject:"
        "list-unsubscribe:\r\n list-unsubscribe-post:to; bh=x; b=y",
        "From": "La Lettre <bonjour@lettre.example.org>",
        "Message-ID": "<test.1@lettre.example.org>",
        "Subject": "[TEST] Bonjour",
        "List-Id": "<lettre.example.org>",
        "List-Unsubscribe": "<https://lettre.example.org/u/essai1>, <mailto:x@y.fr>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in changes.items() if name != "body"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return (lines + "\r\n" + changes.get("body", "Bonjour Zoé https://exemple.fr")).encode()


RECEIVED: list[tuple[dict[str, str], str]] = [
    ({}, ""),
    ({"List_Unsubscribe_Post": ""}, "received_headers_missing"),
    ({"Message_ID": "<abc@geopod-ismtpd-1>"}, "received_id_replaced"),
    ({"From": "=?utf-8?q?L=C3=A9?= <bonjour@lettre.example.org>"}, "received_name_wrong"),
    ({"DKIM_Signature": ""}, "received_unsigned"),
    ({"DKIM_Signature": "v=1; d=sendgrid.info; h=from:to:subject; b=y"}, "received_unsigned_headers"),
    ({"body": "Bonjour -nl.t.first_name~"}, "received_unfilled"),
    ({"X_Newsletter_Probe": "-nl.t.probe~", "body": 'é & <b> "x"'}, ""),
    ({"X_Newsletter_Probe": "-nl.t.probe~", "body": "é &amp; &lt;b&gt; x"}, "received_escaped"),
    ({"X_Newsletter_Probe": 'é & <b> "x"', "body": 'é & <b> "x"'}, "received_header_replaced"),
    ({"body": "https://u1.ct.sendgrid.net/ls/click?upn=x"}, "received_tracked"),
]


@pytest.mark.parametrize(("changes", "expected"), RECEIVED)
def test_a_changed_header_or_body_of_a_received_test_is_reported(
    publication: Publication, changes: dict[str, str], expected: str
) -> None:
    found = [
        probe.key
        for probe in received_message.probes(make_received_message(**changes), publication)
        if probe.state != "good"
    ]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"hello", b"%PDF-1.4"])
def test_a_file_that_is_not_a_message_is_refused(publication: Publication, raw: bytes) -> None:
    with pytest.raises(InputError, match="received_no_message"):
        list(received_message.probes(raw, publication))
