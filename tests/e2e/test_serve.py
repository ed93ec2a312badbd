"""Where the links of a message lead: the real server on a real socket, and everything that may be tried on it."""

from __future__ import annotations

import email
import email.policy
import http.client
import json
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from project import Project
from queries import show_subscriber
from serving import Answer, Served, serve_publication, unsubscribe_by_one_click

from newsletter.personalization import tokens
from newsletter.personalization.tokens import PurposeToken, TokenPurpose

PEOPLE = 40


def read_statuses(project: Project) -> dict[str, str]:
    """Map each address to its state on the list `tous`."""
    text = project.run("subscribers", "export", "--format", "jsonl").stdout
    people = [json.loads(line) for line in text.splitlines()]
    return {person["email"]: person["lists"].get("tous", "-") for person in people if "email" in person}


def read_keys(project: Project) -> list[str]:
    (line,) = (line for line in (project.folder / ".env").read_text().splitlines() if "SECRET_KEYS" in line)
    return line.partition("=")[2].strip("\"'").split(",")


def read_message(project: Project, number: int) -> str:
    (path,) = (project.folder / "outbox").glob(f"0001-*/{number:07d}.eml")
    return path.read_bytes().decode()


def find_unsubscribe_path(project: Project, number: int) -> str:
    found = re.search(r"/u/([0-9a-f]+)", read_message(project, number).replace("=\r\n", ""))
    assert found
    return f"/u/{found[1]}"


@pytest.fixture(scope="module")
def published(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A publication that sent its first issue to everybody."""
    project = found_project(tmp_path_factory.mktemp("published"))
    rows = "".join(f"p{number}@exemple.fr,Prénom{number}\n" for number in range(1, PEOPLE + 1))
    (project.folder / "tous.csv").write_text("email,prenom\n" + rows)
    assert project.run("subscribers", "import", "tous.csv", "--list", "tous", "--consent", "Oui.").returncode == 0
    sent = project.run("send", "bienvenue", "--list", "tous", "--yes")
    assert sent.returncode == 0, sent.stderr
    return project


@pytest.fixture(scope="module")
def served(published: Project) -> Iterator[Served]:
    with serve_publication(published.folder) as running:
        yield running


@pytest.mark.parametrize(("number", "multipart"), [(1, False), (2, True)])
def test_one_click_unsubscribe_follows_rfc_8058(
    published: Project, served: Served, number: int, *, multipart: bool
) -> None:
    answer = unsubscribe_by_one_click(served, read_message(published, number), multipart=multipart)
    assert answer.status == 200
    assert answer.headers["set-cookie"] is None
    assert answer.headers["location"] is None
    assert read_statuses(published)[f"p{number}@exemple.fr"] == "unsubscribed"
    again = unsubscribe_by_one_click(served, read_message(published, number), multipart=multipart)
    assert again.status == 200


def test_get_head_and_options_requests_change_nothing(published: Project, served: Served) -> None:
    """Mail scanners open every link with safe methods and press no button."""
    path = find_unsubscribe_path(published, 3)
    for method in ("GET", "HEAD", "OPTIONS"):
        for shown in (path, path.replace("/u/", "/p/"), path + "?List-Unsubscribe=One-Click"):
            served.ask(method, shown)
    assert read_statuses(published)["p3@exemple.fr"] == "confirmed"
    page = served.ask("GET", path).text
    assert "Me désabonner" in page
    assert "<script" not in page


def test_a_reader_unsubscribes_by_button_and_returns_by_mailed_link(published: Project, served: Served) -> None:
    path = find_unsubscribe_path(published, 4)
    assert "C’est fait" in served.submit(path, "leave=list").text
    assert read_statuses(published)["p4@exemple.fr"] == "unsubscribed"
    before = len(list_notice_links(published))
    own = path.replace("/u/", "/p/")
    saved = served.submit(own, "shown=tous&list=tous&first_name=Zo%C3%A9&last_name=&language=fr")
    assert "enregistrées" in saved.text
    assert "ouvrez le lien" in saved.text
    assert read_statuses(published)["p4@exemple.fr"] == "unsubscribed"  # the newsletter's link may be anybody's
    (back,) = list_notice_links(published)[before:]
    assert "confirmé" in served.submit(back).text
    assert read_statuses(published)["p4@exemple.fr"] == "confirmed"
    time.sleep(1)  # a link knows the second in which it was made
    served.submit(path, "leave=list")
    assert served.submit(back).status == 410  # left after that mail
    assert read_statuses(published)["p4@exemple.fr"] == "unsubscribed"
    shown = show_subscriber(published, "p4@exemple.fr")
    assert (shown["first_name"], shown["language"]) == ("Zoé", "fr")
    assert [line["action"] for line in shown["journal"]] == ["confirmed", "unsubscribed", "confirmed", "unsubscribed"]
    assert {line["method"] for line in shown["journal"][1:]} == {"form"}


def test_a_reader_who_left_all_lists_can_return_by_mailed_link(published: Project, served: Served) -> None:
    path = find_unsubscribe_path(published, 5)
    assert served.submit(path, "leave=all").status == 200
    shown = show_subscriber(published, "p5@exemple.fr")
    assert (shown["suppressed"], shown["lists"]) == ("unsubscribed_all", {"tous": "unsubscribed"})
    assert published.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    assert read_statuses(published)["p5@exemple.fr"] == "unsubscribed"
    before = len(list_notice_links(published))
    served.submit(path.replace("/u/", "/p/"), "shown=tous&list=tous")
    (back,) = list_notice_links(published)[before:]
    served.submit(back)
    shown = show_subscriber(published, "p5@exemple.fr")
    assert (shown["suppressed"], shown["lists"]) == (None, {"tous": "confirmed"})


def test_a_reader_removed_by_the_operator_cannot_return_by_a_link(published: Project, served: Served) -> None:
    published.run("subscribers", "remove", "p6@exemple.fr")
    answer = served.submit(find_unsubscribe_path(published, 6).replace("/u/", "/p/"), "shown=tous&list=tous")
    assert answer.status == 409
    assert read_statuses(published)["p6@exemple.fr"] == "unsubscribed"


def test_subscribers_remove_accepts_the_subject_of_an_unsubscribe_mail(published: Project) -> None:
    subject = "unsubscribe " + find_unsubscribe_path(published, 20).removeprefix("/u/")
    done = published.run("subscribers", "remove", subject.upper())
    assert (done.returncode, "p20@exemple.fr" in done.stderr) == (0, True)
    assert read_statuses(published)["p20@exemple.fr"] == "unsubscribed"
    forged = published.run("subscribers", "remove", subject[:-6] + "00001")
    assert (forged.returncode, "Traceback" in forged.stderr) == (3, False)


@pytest.mark.parametrize("body", ["", "List-Unsubscribe=One-Click", "list=tous", '{"a": 1}'])
def test_an_incomplete_preferences_form_changes_nothing(published: Project, served: Served, body: str) -> None:
    assert served.submit(find_unsubscribe_path(published, 21).replace("/u/", "/p/"), body).status == 400
    shown = show_subscriber(published, "p21@exemple.fr")
    assert (shown["first_name"], shown["lists"]) == ("Prénom21", {"tous": "confirmed"})


def test_lists_not_shown_on_the_preferences_page_are_not_changed(published: Project, served: Served) -> None:
    """One list was joined meanwhile, and one still waits for its confirmation."""
    published.run("lists", "add", "attente", "--double-opt-in")
    for name in ("attente", "nouvelle"):
        published.run("subscribers", "add", "p22@exemple.fr", "--list", name)
    served.submit(
        find_unsubscribe_path(published, 22).replace("/u/", "/p/"), "shown=tous&list=tous&shown=attente&first_name=Bo"
    )
    shown = show_subscriber(published, "p22@exemple.fr")
    assert shown["lists"] == {"tous": "confirmed", "attente": "pending", "nouvelle": "confirmed"}
    assert (shown["first_name"], shown["last_name"]) == ("Bo", "")


@pytest.mark.parametrize("path", ["/u/{}/", "/p/{}/", "/healthz/", "/static/page.css/", "/n"])
def test_no_page_redirects_to_the_host_header(published: Project, served: Served, path: str) -> None:
    asked = path.format(find_unsubscribe_path(published, 23).removeprefix("/u/"))
    answer = served.ask("POST" if "/u/" in asked else "GET", asked, "List-Unsubscribe=One-Click", Host="evil.example")
    assert (answer.status, answer.headers["location"]) == (404, None)


def test_a_huge_request_head_is_not_read_to_its_end(served: Served) -> None:
    begun = time.monotonic()
    with pytest.raises(OSError, match=r"reset|Broken"):
        served.send_bytes(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 50_000_000)
    assert time.monotonic() - begun < 3


def test_a_button_pressed_many_times_sends_one_mail(published: Project, served: Served) -> None:
    before = len(list_notice_links(published))
    own = find_unsubscribe_path(published, 24).replace("/u/", "/p/")
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda _: served.submit(f"{own}/data").status, range(24)))
    assert set(answers) == {200}
    assert len(list_notice_links(published)) == before + 1


def list_notice_links(project: Project) -> list[str]:
    """List the links of all notices in the outbox."""
    found = []
    for path in sorted((project.folder / "outbox").glob("notice-*/*.eml")):
        body = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain",))
        assert body is not None
        (url,) = re.findall(r"https?://\S+", body.get_content())
        found.append("/" + url.partition("://")[2].partition("/")[2])
    return found


def test_data_access_and_erasure_are_confirmed_by_mail(published: Project, served: Served) -> None:
    """A newsletter can be forwarded with its links, so a link alone may neither show nor erase data."""
    own = find_unsubscribe_path(published, 7).replace("/u/", "/p/")
    before = len(list_notice_links(published))
    assert "en route" in served.submit(f"{own}/data").text
    assert "déjà été envoyé" in served.submit(f"{own}/data").text
    assert "en route" in served.submit(f"{own}/erase").text
    data, erase = list_notice_links(published)[before:]
    assert "p7@exemple.fr" not in served.ask("GET", data).text
    facts = json.loads(served.ask("GET", f"{data}/file").text)
    assert (facts["email"], facts["journal"][0]["words"]) == ("p7@exemple.fr", "Oui.")
    assert facts["campaigns"][0]["state"] == "accepted"
    for method in ("GET", "HEAD"):
        served.ask(method, erase)
    assert "p7@exemple.fr" in read_statuses(published)
    assert "effacé" in served.submit(erase).text
    assert "p7@exemple.fr" not in read_statuses(published)
    left = [path for path in (published.folder / "outbox").rglob("*.eml") if b"p7@exemple.fr" in path.read_bytes()]
    assert left == []
    assert [served.ask("GET", path).status for path in (own, f"{data}/file")] == [410, 410]
    assert served.submit(erase).status == 410


def test_a_valid_link_of_an_erased_subscriber_is_answered(published: Project, served: Served) -> None:
    published.run("subscribers", "forget", "p8@exemple.fr", "--yes")
    answer = unsubscribe_by_one_click(
        served,
        f"List-Unsubscribe: <http://x{make_unsubscribe_path(published, 8)}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    )
    assert answer.status == 200  # a mail program wants to hear that it is done, and it is
    assert served.ask("GET", make_unsubscribe_path(published, 8).replace("/u/", "/p/")).status == 410


def make_unsubscribe_path(project: Project, number: int) -> str:
    return "/u/" + tokens.make_unsubscribe_signer(read_keys(project)[0], 1)(number)


def make_forged_tokens(project: Project) -> Iterator[tuple[str, str]]:
    key = read_keys(project)[0]
    good = tokens.make_unsubscribe_signer(key, 1)(9)
    yield "another key", tokens.make_unsubscribe_signer("another key of sixteen", 1)(9)
    yield "another person", tokens.make_unsubscribe_signer("x" * 20, 1)(10)[:-25] + good[-25:]
    for place in range(0, len(good) - 1, 5):
        yield f"character {place}", good[:place] + ("0" if good[place] != "0" else "1") + good[place + 1 :]
    yield "another version", good[:-1] + "2"
    yield "cut", good[:-4]
    yield "doubled", good + good
    yield "an errand's", tokens.sign_purpose(key, TokenPurpose.ERASE, PurposeToken(9, 0, int(time.time()) + 60))
    yield "nothing but the version", "1"
    yield "very long", "ab" * 4000 + "1"
    yield "no ASCII", "%C3%A9%C3%A9%C3%A91"
    yield "NUL", "%00"
    yield "a percent", "%25%32%66"


def test_a_forged_token_gets_a_helpful_page_and_changes_nothing(published: Project, served: Served) -> None:
    before = read_statuses(published)
    pages = set()
    for kind, token in make_forged_tokens(published):
        for answer in (
            served.ask("GET", f"/u/{token}"), served.submit(f"/u/{token}", "List-Unsubscribe=One-Click"),
            served.ask("GET", f"/p/{token}"), served.submit(f"/p/{token}", "list=tous"), served.submit(f"/p/{token}/erase"),
        ):  # fmt: skip
            assert answer.status == 404, kind
            pages.add(answer.text)
    assert len(pages) == 1  # nothing in it tells what was wrong: nobody finds out who is on file
    assert "écrivez à" in pages.pop()
    assert read_statuses(published) == before


def test_purpose_tokens_are_valid_for_one_purpose_until_they_expire(published: Project, served: Served) -> None:
    key, day = read_keys(published)[0], int(time.time()) + 86_400
    erase = tokens.sign_purpose(key, TokenPurpose.ERASE, PurposeToken(9, 0, day))
    old = tokens.sign_purpose(key, TokenPurpose.ERASE, PurposeToken(9, 0, int(time.time()) - 1))
    unsubscribe_token = tokens.make_unsubscribe_signer(key, 1)(9)
    assert [
        served.submit(path).status for path in (f"/data/{erase}", f"/confirm/{erase}", f"/erase/{unsubscribe_token}")
    ] == [404] * 3
    assert served.ask("GET", f"/data/{erase}/file").status == 404
    stale = served.submit(f"/erase/{old}")
    assert (stale.status, "n’est plus valable" in stale.text) == (410, True)
    assert "p9@exemple.fr" in read_statuses(published)


def test_old_links_work_after_a_new_secret_key_is_added(published: Project) -> None:
    env = published.folder / ".env"
    before = env.read_text()
    path = find_unsubscribe_path(published, 10)
    env.write_text(re.sub(r"(SECRET_KEYS=\"?)", r"\1a-new-key-of-sixteen-letters,", before))
    try:
        with serve_publication(published.folder) as served:
            assert served.submit(path, "leave=list").status == 200
    finally:
        env.write_text(before)
    assert read_statuses(published)["p10@exemple.fr"] == "unsubscribed"


def test_links_of_previews_and_tests_show_the_page_and_change_nothing(published: Project, served: Served) -> None:
    before = read_statuses(published)
    page = served.ask("GET", f"/u/{tokens.INERT}")
    assert (page.status, "ne change rien" in page.text, "Me désabonner" in page.text) == (200, True, True)
    assert "ne change rien" in served.ask("GET", f"/p/{tokens.INERT}").text
    for path in (f"/u/{tokens.INERT}", f"/p/{tokens.INERT}", f"/p/{tokens.INERT}/erase", f"/u/{tokens.ONLINE}"):
        assert served.submit(path, "leave=all").status == 200
    assert "utilisez le lien du message" in served.ask("GET", f"/u/{tokens.ONLINE}").text
    assert read_statuses(published) == before


@pytest.mark.parametrize("tail", [".", ">", "%3E", "%20", ",", "%0D%0A"])
def test_characters_added_after_a_link_by_mail_programs_are_ignored(
    published: Project, served: Served, tail: str
) -> None:
    assert served.ask("GET", find_unsubscribe_path(published, 11) + tail).status == 200


def test_the_online_issue_contains_nothing_personal(served: Served) -> None:
    page = served.ask("GET", "/n/bienvenue/")
    assert page.status == 200
    assert "-nl." not in page.text
    assert not re.search(r"/u/(?!lecture1)", page.text)
    assert "exemple.fr" not in page.text
    (picture, *_) = re.findall(r"/i/[0-9a-f]{64}\.\w+", page.text)
    image = served.ask("GET", picture)
    assert (image.status, image.headers["content-type"]) == (200, "image/jpeg")
    assert "immutable" in image.headers["cache-control"]
    assert served.ask("GET", picture, If_None_Match=image.headers["etag"]).status == 304
    assert served.ask("GET", picture.replace(".jpg", ".png")).status == 404


ODD_PATHS = [
    "/i/../../.env", "/i/%2e%2e%2f%2e%2e%2f.env", "/i/..%5c..%5c.env", "/static/../server.py", "/static/%2e%2e/server.py",
    "/n/../../newsletter.toml", "/n/%2e%2e/", "/n/%00/", "//evil.example/", "/\\evil.example", "/n//evil.example/..",
    "/u/", "/u", "/p/a/b/c", "/i/" + "a" * 64 + ".jpg", "/i/" + "A" * 64 + ".jpg", "/.env", "/newsletter.db",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
def test_odd_paths_read_no_other_file_and_redirect_nowhere(served: Served, path: str) -> None:
    found = served.send_bytes(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    status = int(found.split(b" ", 2)[1])
    assert status in {400, 404}
    assert b"location:" not in found.lower()
    assert b"SECRET" not in found
    assert b"evil.example" not in found


def test_request_data_never_becomes_a_response_header(published: Project, served: Served) -> None:
    answer = served.send_bytes(
        b"POST "
        + find_unsubscribe_path(published, 12).encode()
        + b"%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\n"
        b"X-Forwarded-Proto: https\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 15\r\nConnection: close\r\n\r\nleave=list\r\nX: y"
    )
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head
    assert b"evil" not in answer
    assert b"strict-transport" not in head  # nobody told it to trust this proxy


def test_forwarded_https_is_accepted_only_from_a_trusted_proxy(published: Project) -> None:
    with serve_publication(published.folder, options=("--trusted-proxy", "127.0.0.1")) as served:
        assert served.ask("GET", "/", X_Forwarded_Proto="https").headers["strict-transport-security"]
        assert served.ask("GET", "/").headers["strict-transport-security"] is None


def test_every_answer_has_security_headers_and_no_cookie(published: Project, served: Served) -> None:
    for path in (
        "/",
        find_unsubscribe_path(published, 13),
        "/nowhere",
        "/n/bienvenue/",
        "/static/page.css",
        "/healthz",
    ):
        answer = served.ask("GET", path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert answer.headers["set-cookie"] is None, path
        assert answer.headers["server"] is None, path


INVALID_BODIES = [
    (b"", 400), (b"List-Unsubscribe", 400), (b"\xff\xfe\x00", 400), (b"leave=everything", 400), (b"&" * 200, 400),
    (b"a=b&" * 200 + b"leave=list", 400), (b'{"List-Unsubscribe": "One-Click"}', 400), (b"x" * 40_000, 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), INVALID_BODIES)
def test_a_body_without_a_valid_request_is_refused(
    published: Project, served: Served, body: bytes, status: int
) -> None:
    answer = served.ask(
        "POST", find_unsubscribe_path(published, 14), body, Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status == status
    broken = served.ask("POST", find_unsubscribe_path(published, 14), body, Content_Type="multipart/form-data")
    assert broken.status in {400, 413}
    assert read_statuses(published)["p14@exemple.fr"] == "confirmed"


def test_a_chunked_body_without_length_is_limited_too(published: Project, served: Served) -> None:
    path = find_unsubscribe_path(published, 14).encode()
    piece = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert b" 413 " in served.send_bytes(head + piece * 3 + b"0\r\n\r\n")[:20]


def make_request(size: int) -> bytes:
    """Make a request whose head has `size` bytes."""
    start, end = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"\r\n"
    return start + b"X-A: " + b"a" * (size - len(start) - len(end) - 7) + b"\r\n" + end


@pytest.mark.parametrize(
    ("size", "status"), [(1_000, b" 200 "), (32_000, b" 200 "), (33_500, b" 400 "), (60_000, b" 400 ")]
)
def test_a_request_head_has_a_limit_even_in_one_read(served: Served, size: int, status: bytes) -> None:
    assert status in served.send_bytes(make_request(size))[:20]


def test_a_long_address_and_many_small_headers_have_the_same_limit(served: Served) -> None:
    address = b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    many = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + b"A: b\r\n" * 7_000 + b"\r\n"
    assert [served.send_bytes(request)[:20].split()[1] for request in (address, many)] == [b"400", b"400"]


def test_each_request_of_a_connection_gets_the_full_head_limit(served: Served) -> None:
    first = make_request(20_000).replace(b"Connection: close\r\n", b"")
    assert served.send_bytes(first + make_request(20_000)).count(b" 200 ") == 2


def test_a_client_that_disconnects_is_not_logged_as_a_server_error(published: Project, served: Served) -> None:
    before = len(served.read_log())
    head = f"POST {find_unsubscribe_path(published, 17)} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList-Uns".encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        connection.sendall(head)
    until = time.monotonic() + 20
    while not (found := [line for line in served.read_log()[before:] if line.get("status") == 499]):
        assert time.monotonic() < until
    assert found[0]["page"] == "UnsubscribePages.leave"
    lines = served.read_log()[before:]
    assert [line["level"] for line in lines] == ["info"] * len(lines)
    assert "client_hung_up" in {line["event"] for line in lines}
    assert read_statuses(published)["p17@exemple.fr"] == "confirmed"


def test_invalid_form_values_are_cleaned_or_ignored(published: Project, served: Served) -> None:
    own = find_unsubscribe_path(published, 15).replace("/u/", "/p/")
    served.submit(
        own,
        "shown=tous&list=tous&shown=secrets&list=secrets&first_name="
        + "%3Cscript%3E" * 100
        + "&last_name=%00%0D%0Ax&language=%3Cb%3E",
    )
    shown = show_subscriber(published, "p15@exemple.fr")
    assert shown["lists"] == {"tous": "confirmed"}
    assert (len(shown["first_name"]), shown["last_name"], shown["language"]) == (80, "x", "")
    page = served.ask("GET", own).text
    assert "<script" not in page
    assert "script&gt;" not in page


def test_a_forwarded_link_shows_no_name_and_cannot_store_a_link(published: Project, served: Served) -> None:
    own = find_unsubscribe_path(published, 16).replace("/u/", "/p/")
    shown = served.ask("GET", own).text
    assert "Prénom16" not in shown
    saved = served.submit(own, "shown=tous&list=tous&first_name=&last_name=Votre+compte+sur+evil.com&language=fr").text
    assert "enregistrées" in saved
    assert "n’a pas été changé" in saved
    assert "Prénom16" not in saved
    assert "evil.com" not in saved
    kept = show_subscriber(published, "p16@exemple.fr")
    assert (kept["first_name"], kept["last_name"], kept["language"]) == ("Prénom16", "", "fr")


def test_slow_clients_are_disconnected(published: Project) -> None:
    path = find_unsubscribe_path(published, 16).encode()
    begun = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n"
    with serve_publication(published.folder, impatient=True) as served:
        assert served.send_bytes(begun) == b""
        assert served.send_bytes(b"") == b""
        half = served.send_bytes(
            begun + b"Content-Length: 26\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nList-Unsub"
        )
        assert b" 408 " in half[:20]
    assert read_statuses(published)["p16@exemple.fr"] == "confirmed"


def test_the_log_has_one_line_per_request_and_no_address(published: Project, served: Served) -> None:
    path = find_unsubscribe_path(published, 17)
    served.ask("GET", path)
    served.ask("GET", f"/{'p17@exemple.fr'}?a=p17@exemple.fr", User_Agent="p17@exemple.fr")
    time.sleep(0.1)
    text = served.log.read_text()
    assert served.read_log()[-1] == served.read_log()[-1] | {"event": "answered", "method": "GET", "status": 404}
    assert "exemple.fr" not in text
    assert path.removeprefix("/u/") not in text


def test_pages_use_the_language_of_the_reader(published: Project, served: Served) -> None:
    path = find_unsubscribe_path(published, 18)
    assert "Unsubscribe me" in served.ask("GET", path, Accept_Language="en-GB,en;q=0.9").text
    assert "Me désabonner" in served.ask("GET", path, Accept_Language="de").text


def test_a_double_opt_in_is_confirmed_by_the_link(published: Project, served: Served) -> None:
    before = len(list_notice_links(published))
    published.run("lists", "add", "double", "--double-opt-in")
    added = published.run(
        "subscribers", "add", "nouveau@exemple.fr", "--list", "double", "--consent", "Oui, la lettre."
    )
    assert added.returncode == 0, added.stderr
    (link,) = [path for path in list_notice_links(published)[before:] if path.startswith("/confirm/")]
    served.ask("GET", link)
    assert "pending" in published.run("subscribers", "show", "nouveau@exemple.fr", "--format", "json").stdout
    assert "« double »" in served.ask("GET", link).text.replace("\u00a0", " ")
    assert "confirmé" in served.submit(link).text
    shown = show_subscriber(published, "nouveau@exemple.fr")
    assert shown["lists"] == {"double": "confirmed"}
    assert served.submit(link).status == 200  # pressed twice
    time.sleep(1)  # a link knows the second in which it was made
    published.run("subscribers", "remove", "nouveau@exemple.fr", "--list", "double")
    assert served.submit(link).status == 410  # whoever left does not come back by an old link


def test_a_port_in_use_is_reported(published: Project, served: Served) -> None:
    second = published.run("serve", "--port", str(served.port))
    assert (second.returncode, str(served.port) in second.stderr, "Traceback" in second.stderr) == (3, True, False)


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(
    request: pytest.FixtureRequest, found_project: Callable[[Path], Project], tmp_path: Path
) -> tuple[Project, Callable[[int], str]]:
    """A publication on either database with many people, and the path of each one's link."""
    project = found_project(tmp_path)
    if request.param == "postgresql":
        import psycopg

        url = request.getfixturevalue("postgres")()
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM publication")  # the template's stamp is the tests' own
        with (project.folder / ".env").open("a") as env:
            env.write(f"NEWSLETTER_DATABASE_URL={url}\n")
    rows = "".join(f"q{number}@exemple.fr\n" for number in range(1, 2001))
    (project.folder / "tous.csv").write_text("email\n" + rows)
    assert project.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    assert project.run("send", "bienvenue", "--list", "tous", "--segment", 'email ~ "q1@"', "--yes").returncode == 0
    key = read_keys(project)[0]
    return project, lambda number: f"/u/{tokens.make_unsubscribe_signer(key, 1)(number)}"


def test_a_server_killed_under_load_loses_no_answered_unsubscribe(
    crowd: tuple[Project, Callable[[int], str]],
) -> None:
    """Eight clients unsubscribe while the server is killed, three times; every reader who got 200 is unsubscribed."""
    project, path = crowd
    answered = set()
    for begin in (1, 601, 1201):
        with serve_publication(project.folder) as served:
            answered |= press_all(served, path, range(begin, begin + 600), served.process.kill)
    assert answered
    gone = {address for address, status in read_statuses(project).items() if status == "unsubscribed"}
    assert {f"q{number}@exemple.fr" for number in answered} <= gone


def press_all(served: Served, path: Callable[[int], str], numbers: range, then: Callable[[], None]) -> set[int]:
    """Unsubscribe `numbers`, call `then` meanwhile, and return the numbers answered with 200."""
    stop = threading.Event()
    with ThreadPoolExecutor(8) as clients:
        heard = clients.map(lambda number: press_button(served, path, number, stop), numbers)
        time.sleep(0.5)
        then()
        stop.set()
        return {number for number in heard if number}


def press_button(served: Served, path: Callable[[int], str], number: int, stop: threading.Event) -> int:
    """Unsubscribe one number; return it if the answer was 200, otherwise 0."""
    if stop.is_set():
        return 0
    try:
        return number if served.submit(path(number), "List-Unsubscribe=One-Click").status == 200 else 0
    except (OSError, http.client.HTTPException):
        return 0


def test_a_stopping_server_answers_the_requests_it_received(crowd: tuple[Project, Callable[[int], str]]) -> None:
    project, path = crowd
    with serve_publication(project.folder) as served:
        answered = press_all(served, path, range(1, 400), lambda: served.process.send_signal(signal.SIGTERM))
        assert served.process.wait(20) == 0
        assert served.read_log()[-1]["event"] == "stopped"
    gone = {address for address, status in read_statuses(project).items() if status == "unsubscribed"}
    assert {f"q{number}@exemple.fr" for number in answered} == gone


def test_an_unsubscribe_is_answered_only_after_the_locked_database_is_free(published: Project) -> None:
    import sqlite3

    answers: list[Answer] = []
    with serve_publication(published.folder) as served:
        other = sqlite3.connect(published.folder / "newsletter.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asking = threading.Thread(
            target=lambda: answers.append(served.submit(find_unsubscribe_path(published, 19), "leave=list"))
        )
        asking.start()
        time.sleep(0.5)
        assert answers == []
        assert served.ask("GET", find_unsubscribe_path(published, 19)).status == 200  # looking waits for nobody
        other.execute("COMMIT")
        other.close()
        asking.join(20)
    assert [answer.status for answer in answers] == [200]
    assert read_statuses(published)["p19@exemple.fr"] == "unsubscribed"
