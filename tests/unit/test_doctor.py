from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from newsletter import doctor
from newsletter.model.publication import Publication, Sender

ZONES: list[tuple[dict[tuple[str, str], list[str]], str, set[str]]] = [
    ({("l.fr", "TXT"): ["v=spf1 -all"], ("_dmarc.l.fr", "TXT"): ["v=DMARC1; p=none"]}, "smtp", {"doctor_spf", "doctor_dmarc"}),
    ({("l.fr", "TXT"): ["google-site=x"]}, "smtp", {"doctor_spf_missing", "doctor_dmarc_missing"}),
    ({("l.fr", "TXT"): ["v=spf1 a", "v=spf1 b"], ("_dmarc.l.fr", "TXT"): ["V=DMARC1; p=reject"]}, "smtp", {"doctor_spf_twice", "doctor_dmarc"}),
    ({("s1._domainkey.l.fr", "CNAME"): ["s1.sendgrid.net."]}, "sendgrid", {"doctor_dkim", "doctor_dmarc_missing"}),
    ({}, "sendgrid", {"doctor_dkim_missing", "doctor_dmarc_missing"}),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "provider", "expected"), ZONES)
def test_what_the_domain_says(
    publication: Publication, zone: Mapping[tuple[str, str], list[str]], provider: str, expected: set[str]
) -> None:
    ours = replace(publication, sender=Sender("bonjour@l.fr"))
    found = doctor.dns(ours, provider, lambda name, kind: zone.get((name, kind), []))
    assert {one.key for one in found} == expected


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
def test_the_clock_is_held_against_anothers(date: str, key: str) -> None:
    assert [one.key for one in doctor.clock(date, NOON)] == [key]
