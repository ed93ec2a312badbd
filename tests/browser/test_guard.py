"""The desk answers this machine, this name, this page: everything else is tried here, over a plain socket."""

from __future__ import annotations

import html
import http.client
import json
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from commands import PIPE

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from project import Project
    from tests.browser.conftest import Desk

ISSUE = "2026-11-22-bienvenue"


def ask(desk: Desk, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, dict[str, str]]:
    host = desk.base.split("/")[2]
    connection = http.client.HTTPConnection(host, timeout=20)
    sent = {"Host": host, "Cookie": desk.cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.putrequest(method, path, skip_host=True)
    for name, value in sent.items():
        connection.putheader(name, value)
    if body and "Content-Length" not in sent:
        connection.putheader("Content-Length", str(len(body.encode())))
    connection.endheaders(body.encode() or None)
    answer = connection.getresponse()
    read = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return answer.status, read, {name.lower(): value for name, value in answer.getheaders()}


def read_token(desk: Desk) -> str:
    found = re.search(r'name="desk-token" content="([^"]+)"', ask(desk, "GET", "/")[1])
    assert found
    return found[1]


def make_own_headers(desk: Desk, **others: str) -> dict[str, str]:
    """Make the headers that the desk's own page sends."""
    return {
        "Origin": desk.base.rstrip("/"),
        "X_Desk_Token": read_token(desk),
        "Content_Type": "application/json",
    } | others


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1", "127.0.0.1:1", "localhost.evil.org:8765", ""])
def test_a_foreign_host_header_is_refused(shared: Desk, host: str) -> None:
    """DNS rebinding: a page elsewhere makes its own name mean 127.0.0.1."""
    status, _, _ = ask(shared, "GET", "/", Host=host)
    assert status == 403


def test_localhost_and_its_ip_address_are_answered(shared: Desk) -> None:
    port = shared.base.split(":")[2].strip("/")
    assert ask(shared, "GET", "/", Host=f"localhost:{port}")[0] == 200
    assert ask(shared, "GET", "/", Host=f"127.0.0.1:{port}")[0] == 200


def test_only_this_machine_can_connect(shared: Desk) -> None:
    port = int(shared.base.split(":")[2].strip("/"))
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1", "127.0.1.1"}:
        with socket.socket() as tried:
            tried.settimeout(1)
            assert tried.connect_ex((str(address), port)) != 0


ACTIONS = ["/issues", "/people", f"/issues/{ISSUE}/test", f"/issues/{ISSUE}/approve", f"/issues/{ISSUE}/online"]


@pytest.mark.parametrize("path", ACTIONS)
def test_every_action_requires_origin_and_token(shared: Desk, path: str) -> None:
    right = make_own_headers(shared)
    for wrong in ({"Origin": "https://evil.example.org"}, {"Origin": "null"}, {"X_Desk_Token": "guess"}):
        assert ask(shared, "POST", path, "{}", **(right | wrong))[0] == 403
    for missing in ("Origin", "X_Desk_Token"):
        assert (
            ask(shared, "POST", path, "{}", **{name: value for name, value in right.items() if name != missing})[0]
            == 403
        )
    assert shared.project.messages() == []
    assert len(list((shared.project.folder / "issues").iterdir())) == 1


@pytest.mark.parametrize("path", ACTIONS)
def test_an_action_by_get_is_refused(shared: Desk, path: str) -> None:
    assert ask(shared, "GET", path)[0] in {404, 405}


@pytest.mark.parametrize("body", ["[]", "nonsense", '"x"', "\x00", '{"to": "a", "by": 3}'])
def test_an_invalid_body_is_answered_as_a_failure(shared: Desk, body: str) -> None:
    for path in ACTIONS[:4]:
        status, answer, _ = ask(shared, "POST", path, body, **make_own_headers(shared))
        assert status == 200
        assert json.loads(answer)["ok"] is False


@pytest.mark.parametrize("value", [None, [], {}, 5])
def test_a_name_or_title_that_is_no_text_is_refused(shared: Desk, value: object) -> None:
    digest = re.search(
        r'name="digest" value="(\w+)"', json.loads(ask(shared, "GET", f"/issues/{ISSUE}/now?panel=send")[1])["panel"]
    )
    assert digest
    body = json.dumps({"by": value, "digest": digest[1], "title": value})
    for path in ("/issues", f"/issues/{ISSUE}/approve"):
        assert json.loads(ask(shared, "POST", path, body, **make_own_headers(shared))[1])["ok"] is False


def test_a_body_that_is_too_long_is_refused(shared: Desk) -> None:
    assert ask(shared, "POST", "/issues", "{}", **make_own_headers(shared, Content_Length="999999999"))[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/issues/..%2f..%2fetc/now",
        "/issues/../newsletter.toml",
        "/issues/%2e%2e/now",
        "/issues/..%5c..%5cnewsletter.toml/now",
        f"/issues/{ISSUE}%00/now",
        f"/issues/{ISSUE}/../../.env",
        "/static/../guard.py",
        "/static/..%2fguard.py",
        "/static/%2e%2e/guard.py",
        "/i/../.env",
        "/i/..%2f..%2f.env",
        "/thumbnails/..%2f..",
        "/rows/..",
        "/issues/%2e%2e",
        f"/issues/{ISSUE}/download.exe",
        "/nothing",
    ],
)
def test_no_path_leads_out_of_the_publication(shared: Desk, path: str) -> None:
    status, body, _ = ask(shared, "GET", path)
    assert status in {404, 204}
    assert "SECRET_KEYS" not in body
    assert "Traceback" not in body


def test_every_answer_has_the_content_security_policy(shared: Desk) -> None:
    for path in ("/", f"/issues/{ISSUE}", f"/issues/{ISSUE}/now", "/static/desk.css", "/nothing"):
        headers = ask(shared, "GET", path)[2]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
    policy = ask(shared, "GET", "/frame")[2]["content-security-policy"]
    assert "sandbox allow-same-origin" in policy
    assert "script-src" not in policy


def test_a_test_mail_goes_only_to_test_recipients(shared: Desk) -> None:
    body = json.dumps({"to": ["stranger@example.org", "redaction@example.org"]})
    _, answer, _ = ask(shared, "POST", f"/issues/{ISSUE}/test", body, **make_own_headers(shared))
    assert json.loads(answer)["ok"] is False
    assert "test_recipients" in answer
    assert shared.project.messages() == []


def test_an_approval_of_another_digest_is_refused(shared: Desk) -> None:
    body = json.dumps({"by": "Samir", "digest": "0" * 64})
    _, answer, _ = ask(shared, "POST", f"/issues/{ISSUE}/approve", body, **make_own_headers(shared))
    assert json.loads(answer)["ok"] is False
    assert "regardez-le encore" in json.loads(answer)["message"]


@pytest.mark.parametrize("person", ["nobody", "99999999999999999999", "-1", "1;drop", "%00", "²"])
def test_an_unknown_person_is_replaced_by_the_default_one(shared: Desk, person: str) -> None:
    from urllib.parse import quote

    status, answer, _ = ask(shared, "GET", f"/issues/{ISSUE}/now?as={quote(person)}&view=nothing&panel=%00")
    assert status == 200
    assert "Bonjour Camille" in json.loads(answer)["message"]


EVERY_PATH = [
    "/",
    f"/rows/{ISSUE}",
    f"/thumbnails/{ISSUE}",
    f"/issues/{ISSUE}",
    f"/issues/{ISSUE}/now?as=1",
    f"/issues/{ISSUE}/download.eml",
    "/i/x.jpg",
    "/frame",
    "/events",
    "/static/desk.css",
    "/static/ask.js",
    "/nothing",
]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_without_the_key_nothing_is_shown(shared: Desk, path: str) -> None:
    """Every account of the machine can connect."""
    port = shared.base.split(":")[2].strip("/")
    for cookie in ("", f"desk-{port}=", f"desk-{port}=guess", f"desk-1={shared.key}", f"other={shared.key}"):
        for accept in ("text/html", "*/*"):
            status, body, headers = ask(shared, "GET", path, Cookie=cookie, Accept=accept)
            assert status == 403
            assert "terminal" in body
            assert "desk-token" not in body
            assert shared.key not in body
            assert "set-cookie" not in headers


@pytest.mark.parametrize("key", ["", "guess", "%00", "é"])
def test_a_wrong_key_lets_nobody_in(shared: Desk, key: str) -> None:
    from urllib.parse import quote

    assert ask(shared, "GET", f"/?key={quote(key)}", Cookie="")[0] == 403


@pytest.mark.parametrize("path", ACTIONS)
def test_without_the_key_nothing_is_changed(shared: Desk, path: str) -> None:
    assert ask(shared, "POST", path, "{}", **make_own_headers(shared, Cookie=""))[0] == 403
    assert ask(shared, "POST", f"{path}?key={shared.key}", "{}", **make_own_headers(shared, Cookie=""))[0] == 403


def test_the_key_becomes_a_cookie_and_leaves_the_address(shared: Desk) -> None:
    port = shared.base.split(":")[2].strip("/")
    status, _, headers = ask(shared, "GET", f"/issues/{ISSUE}?width=375&key={shared.key}&as=rtl", Cookie="")
    assert (status, headers["location"]) == (303, f"{shared.base}issues/{ISSUE}?width=375&as=rtl")
    name, *attributes = headers["set-cookie"].split("; ")
    assert name == f"desk-{port}={shared.key}"
    assert {"HttpOnly", "SameSite=strict"} <= set(attributes)
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["//evil.example.org", "//evil.example.org/..", "/\\evil.example.org"])
def test_the_redirect_after_the_key_stays_on_this_machine(shared: Desk, path: str) -> None:
    status, _, headers = ask(shared, "GET", f"{path}?key={shared.key}")
    assert status == 303
    assert headers["location"].startswith(shared.base)


def test_each_start_has_a_key_of_its_own(start: Callable[..., Desk]) -> None:
    first, second = start(), start()
    assert first.key != second.key
    assert len(first.key) >= 32


def test_a_visit_from_another_site_gets_a_reloading_page_before_the_cookie(shared: Desk) -> None:
    """A browser does not send a strict cookie with a visit that another site started."""
    status, body, headers = ask(shared, "GET", f"/?key={shared.key}", Cookie="", Sec_Fetch_Site="cross-site")
    assert status == 200
    assert 'http-equiv="refresh"' in body
    assert "set-cookie" not in headers
    assert ask(shared, "GET", f"/?key={shared.key}", Cookie="", Sec_Fetch_Site="same-origin")[0] == 303


def test_the_browser_is_opened_without_the_key_in_its_command_line(project: Project, tmp_path: Path) -> None:
    """Other accounts can read the command lines of every process."""
    opener, told = tmp_path / "opener", tmp_path / "told"
    opener.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {told}.tmp && mv {told}.tmp {told}\n')
    opener.chmod(0o755)
    process = project.start("preview", environment={"BROWSER": f"{opener} %s"}, stdout=PIPE)
    assert process.stdout
    address = process.stdout.readline().strip()
    deadline = time.monotonic() + 60
    while not told.exists():
        assert time.monotonic() < deadline
    opened = told.read_text()
    assert "key" not in opened
    page = Path(unquote(urlsplit(opened).path))
    assert html.escape(address) in page.read_text("utf-8")
    assert (page.stat().st_mode & 0o777, page.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    process.send_signal(signal.SIGINT)
    process.communicate(60)
    assert process.returncode == 0
    assert not page.exists()


def test_a_page_of_an_earlier_start_says_what_to_open(start: Callable[..., Desk], browser: Browser) -> None:
    first = start()
    page = browser.new_page()
    page.goto(first.address())
    page.locator("#device[data-shown]").wait_for(state="attached")
    port = first.base.split(":")[2].strip("/")
    first.process.send_signal(signal.SIGINT)
    first.process.wait(60)
    page.locator("#gone:not([hidden])").wait_for()
    again = start("--port", port)
    page.get_by_text("Ouvrez l’adresse complète").wait_for(timeout=60_000)
    page.goto(again.address())
    page.locator("#device[data-shown]").wait_for(state="attached")
    page.close()


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_the_file_that_opens_the_browser_leads_to_the_desk(
    shared: Desk, browser: Browser, tmp_path: Path, width: int, light: str
) -> None:
    from newsletter.web.desk import browser as opening

    page = browser.new_page(color_scheme=light, viewport={"width": width, "height": 700})  # type: ignore[arg-type] # one of two words
    page.goto(shared.base)
    assert page.get_by_text("Cet aperçu demande une clé").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    file = tmp_path / "desk.html"
    file.write_text(opening._PAGE.format(address=html.escape(shared.address())), "utf-8")
    page.goto(file.as_uri())
    page.locator("#device[data-shown]").wait_for(state="attached")
    assert "key=" not in page.url
    page.close()
