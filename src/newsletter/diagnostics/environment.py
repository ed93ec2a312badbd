"""The probes of `newsletter doctor`: each checks one thing that a sending needs, and yields its results.

On a SendGrid account the probes test what is known only from documentation: scopes, the sandbox, Logs, the webhook's
key. They send nothing. To read the headers of a message in a mailbox, send one with `newsletter test`.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from newsletter.diagnostics.result import ProbeResult, bad, good, unsure
from newsletter.editorial import preflight
from newsletter.errors import Refused
from newsletter.i18n.exceptions import sentence_of
from newsletter.model.delivery import Accepted
from newsletter.model.publication import Publication
from newsletter.providers.http_transport import NoAnswer, NotProcessed
from newsletter.storage.database import Store
from newsletter.system import files
from newsletter.system.files import Permissions

if TYPE_CHECKING:
    from newsletter.providers.sendgrid.provider import SendGrid

CLOCK_SECONDS = 60
"""Maximum error of the clock, in seconds: a larger error makes signatures and leases wrong."""
SAFE_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""SQLite versions in which the WAL reset race is fixed; the minor versions between them are not safe."""
SCOPES = ("mail.send", "mail.batch.create", "user.scheduled_sends.create", "suppression.read")


Resolve = Callable[[str, str], Sequence[str]]
"""Function from name and type of a DNS record to its texts; an empty list if there is no such record."""


def check_publication(publication: Publication, keys: int, tests: Sequence[str]) -> Iterator[ProbeResult]:
    """Check the settings that a sending needs."""
    placeholders = (publication.postal_address, "postal_address"), (publication.sender.email, "sender.email")
    for value, name in placeholders:
        if not value or "example." in value or value in {"Votre adresse postale", "Your postal address"}:
            yield bad("doctor_setting", name=name, value=value or "—")
    yield good("doctor_keys", count=keys) if keys else bad("doctor_setting", name="secret_keys", value="—")
    yield good("doctor_tests", addresses=len(tests)) if tests else unsure("doctor_no_tests")


def check_permissions(paths: Sequence[Path], permissions: Permissions) -> Iterator[ProbeResult]:
    """Check whether other accounts of this machine can read addresses, tokens or keys."""
    found = files.find_too_open(paths, permissions)
    names = ", ".join(path.name for path in found)
    mode = "go-rwx" if permissions is files.PRIVATE else "o-rwx"
    yield bad("doctor_too_open", names=names, mode=f"{mode} {names}") if found else good("doctor_private")


def check_database(store: Store, url: str) -> Iterator[ProbeResult]:
    """Check that the database answers, and that the version of SQLite has no known bug."""
    with store.read() as tx:
        tx.exec_driver_sql("SELECT 1")
    yield good("doctor_database", url=url.partition("@")[2] or url.rpartition("/")[2])
    if url.startswith("sqlite"):
        version = sqlite3.sqlite_version_info
        safe = any(version >= fixed and (version[:2] == fixed[:2] or fixed is SAFE_SQLITE[0]) for fixed in SAFE_SQLITE)
        key = "doctor_sqlite" if safe else "doctor_sqlite_race"
        yield (good if safe else unsure)(key, version=sqlite3.sqlite_version)


def check_unsubscribe_page(publication: Publication) -> Iterator[ProbeResult]:
    """Check that the unsubscribe page answers at `base_url`."""
    try:
        preflight.require_unsubscribe_page(publication)
    except Refused as error:
        yield bad("doctor_serving", url=error.facts["url"], seen=error.facts.get("seen", "http"))
    else:
        yield good("doctor_serving_good", url=publication.base_url)


def check_clock(date: str, now: dt.datetime) -> Iterator[ProbeResult]:
    """Compare this machine's clock with the `Date` header of an HTTP answer."""
    try:
        error_seconds = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):
        yield unsure("doctor_clock_unseen")
        return
    yield (
        good("doctor_clock")
        if error_seconds <= CLOCK_SECONDS
        else bad("doctor_clock_wrong", seconds=round(error_seconds))
    )


def check_dns(publication: Publication, provider: str, resolve: Resolve) -> Iterator[ProbeResult]:
    """Check SPF, DKIM and DMARC of the sender's domain: Gmail, Yahoo and Microsoft require them from bulk senders."""
    domain = publication.sender.domain
    spf = [text for text in resolve(domain, "TXT") if text.lower().startswith("v=spf1")]
    dmarc = [text for text in resolve(f"_dmarc.{domain}", "TXT") if text.lower().startswith("v=dmarc1")]
    if len(spf) > 1:
        yield bad("doctor_spf_twice", domain=domain)
    elif provider == "sendgrid":  # SendGrid's return path is a subdomain of the sender's domain, with its own SPF
        keys = [name for name in ("s1", "s2") if resolve(f"{name}._domainkey.{domain}", "CNAME")]
        yield good("doctor_dkim", domain=domain) if keys else bad("doctor_dkim_missing", domain=domain)
    else:
        yield good("doctor_spf", domain=domain) if spf else bad("doctor_spf_missing", domain=domain)
    yield good("doctor_dmarc", policy=dmarc[0]) if dmarc else bad("doctor_dmarc_missing", domain=domain)


def make_resolver() -> Resolve:
    """Return a function that asks the machine's own DNS resolver."""
    import dns.exception
    import dns.resolver

    def ask(name: str, kind: str) -> list[str]:
        try:
            records = dns.resolver.resolve(name, kind, lifetime=5)
        except dns.exception.DNSException:
            return []
        return [
            b"".join(getattr(record, "strings", ())).decode("utf-8", "replace") or str(record) for record in records
        ]

    return ask


def check_sendgrid(provider: SendGrid, publication: Publication, now: dt.datetime) -> Iterator[ProbeResult]:
    """Check the SendGrid account: key, scopes, Logs, the webhook's key, and a sandbox message that is never sent."""
    try:
        scopes = provider.api.client.scopes.get()
    except (NotProcessed, NoAnswer) as error:
        yield bad("doctor_sendgrid_silent", reason=str(error))
        return
    yield from check_clock(scopes.headers.get("Date", ""), now)
    if scopes.status_code != preflight.OK:
        yield bad("doctor_sendgrid_key", reason=scopes.reason)
        return
    missing = [scope for scope in SCOPES if scope not in _read_scopes(scopes.body)]
    yield bad("doctor_sendgrid_scopes", missing=", ".join(missing)) if missing else good("doctor_sendgrid")
    yield from _check_api(provider)
    outcome = provider.check_in_sandbox(publication)
    if isinstance(outcome, Accepted):
        yield good("doctor_sendgrid_sandbox")
    else:
        yield bad("doctor_sandbox_refused", reason=outcome.reason)


def _check_api(provider: SendGrid) -> Iterator[ProbeResult]:
    client: Any = provider.api.client
    query = orjson.dumps({"query": "to_email = 'nobody@example.org'", "limit": 1})
    requests = {
        "logs": partial(client.logs.post, query),
        "webhook": client.user.webhooks.event.settings.signed.get,
    }
    for name, request in requests.items():
        try:
            answer = request()
        except (NotProcessed, NoAnswer) as error:
            yield unsure(f"doctor_unseen_{name}", reason=str(error))
            continue
        fine = answer.status_code == preflight.OK
        yield good(f"doctor_sendgrid_{name}") if fine else unsure(f"doctor_unseen_{name}", reason=answer.reason)


def _read_scopes(body: bytes) -> Sequence[str]:
    try:
        found = orjson.loads(body)["scopes"]
    except (ValueError, KeyError, TypeError):
        return ()
    return found if isinstance(found, list) else ()


def run_probes(probes: Callable[[], Iterator[ProbeResult]]) -> Iterator[ProbeResult]:
    """Run the probes. Yield an exception as a further bad result, so that the other probes still run."""
    try:
        yield from probes()
    except Exception as error:  # noqa: BLE001 - a failed probe must not stop the others
        key, facts, _ = sentence_of(error)
        yield ProbeResult("bad", key, facts)
