"""Links and images, requested over a real connection from a local server."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from newsletter.checks.external import dead_links as rule
from newsletter.checks.external.link_prober import LinkResult, is_public, probe
from newsletter.content.reader import read
from newsletter.model.finding import Place
from newsletter.model.publication import Publication


class _SiteHandler(http.server.BaseHTTPRequestHandler):
    """Answer as the path says; `/405` refuses HEAD."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers['Host']}")
        kind = self.path.rpartition(".")[2]
        leads = {
            "/moved": "/new",
            "/slash": "/slash/",
            "/loop": "/loop",
            "/inside": "http://10.0.0.1/",
            "/odd": "ftp://x",
        }
        if self.path in leads:
            self.send_response(301)
            self.send_header("Location", leads[self.path])
        elif self.path.startswith("/chain"):
            left = int(self.path[6:])
            self.send_response(302 if left else 200)
            self.send_header("Location", f"/chain{left - 1}")
        elif self.path == "/405":
            self.send_response(405 if self.command == "HEAD" else 200)
        else:
            code = self.path[1:4]
            self.send_response(int(code) if code.isdigit() else 200)
        self.send_header("Content-Type", "image/png" if kind == "png" else "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Site", (_SiteHandler,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def is_loopback(ip: str) -> bool:
    return ip == "127.0.0.1"


ANSWERS = [
    ("/", "answers", ""),
    ("/405", "answers", ""),
    ("/é?q=a b", "answers", ""),
    ("/slash", "answers", ""),
    ("/moved", "moved", "/new"),
    ("/404", "dead", "HTTP 404"),
    ("/410", "dead", "HTTP 410"),
    ("/403", "unknown", "HTTP 403"),
    ("/503", "unknown", "HTTP 503"),
    ("/chain4", "moved", "/chain0"),
    ("/chain5", "moved", "/chain0"),
    ("/chain6", "dead", "> 5 redirections"),
    ("/loop", "dead", "> 5 redirections"),
    ("/odd", "dead", "URL"),
    ("/inside", "private", ""),
]


@pytest.mark.parametrize(("path", "kind", "detail"), ANSWERS, ids=[case[0] for case in ANSWERS])
def test_a_probed_address_is_classified_by_its_answer(
    site: tuple[str, list[str]], path: str, kind: str, detail: str
) -> None:
    base, _ = site
    wanted = LinkResult(base + path, kind, base + detail if kind == "moved" else detail)  # type: ignore[arg-type] # a table's text
    assert list(probe([base + path], may_reach=is_loopback)) == [wanted]


def test_a_refused_head_request_is_followed_by_one_get_request(site: tuple[str, list[str]]) -> None:
    base, asked = site
    list(probe([base + "/405"], may_reach=is_loopback))
    host = base.removeprefix("http://")
    assert asked == [f"HEAD /405 {host}", f"GET /405 {host}"]


def test_an_image_address_that_answers_with_html_is_dead(site: tuple[str, list[str]]) -> None:
    base, _ = site
    pictures = frozenset((base + "/a.png", base + "/a.html"))
    answers = {answer.address: answer for answer in probe(sorted(pictures), pictures=pictures, may_reach=is_loopback)}
    assert answers[base + "/a.png"].kind == "answers"
    assert answers[base + "/a.html"] == LinkResult(base + "/a.html", "dead", "text/html")


PRIVATE = [
    *("http://localhost/", "http://127.0.0.1/", "http://[::1]/", "http://0x7f.1/", "http://2130706433/"),
    *(
        "http://169.254.169.254/latest/meta-data",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://[::ffff:127.0.0.1]/",
    ),
    *("http://0.0.0.0/", "http://100.64.0.1/", "https://[fe80::1]/", "http://224.0.0.1/"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_requested(address: str) -> None:
    assert [answer.kind for answer in probe([address])] == ["private"]


def test_a_server_on_this_machine_gets_no_request(site: tuple[str, list[str]]) -> None:
    base, asked = site
    assert [answer.kind for answer in probe([base + "/"])] == ["private"]
    assert asked == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://nom-qui-n-existe.invalid/"])
def test_an_address_without_an_answer_is_dead(address: str) -> None:
    assert [answer.kind for answer in probe([address], may_reach=is_loopback)] == ["dead"]


IPS = [("93.184.216.34", True), ("2606:2800:220:1::1", True), ("192.0.0.8", False), ("::ffff:10.0.0.1", False)]
TUNNELS = [
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "fec0::1",
    "::ffff:0:127.0.0.1",
    "fe80::1%eth0",
]


@pytest.mark.parametrize(("ip", "public"), [*IPS, *((ip, False) for ip in TUNNELS)])
def test_is_public_refuses_private_and_tunnelled_addresses(ip: str, *, public: bool) -> None:
    assert is_public(ip) is public


def test_link_findings_have_the_place_of_the_typed_address(
    site: tuple[str, list[str]], write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    base, _ = site
    links = f"[un]({base}/404) et [deux]({base}/moved), [encore]({base}/404), ![une image]({base}/x.html)"
    issue = read(
        write_issue(valid.replace("[Twitter](https://twitter.com) rachetait CardSpring, une start-up", links)),
        publication,
    )
    counted: list[int] = []
    found = rule.findings(issue, partial(probe, may_reach=is_loopback), advance=counted.append)
    at = 27
    first, second = at, at + len(f"[un]({base}/404) et ")
    third = second + len(f"[deux]({base}/moved), ")
    image = third + len(f"[encore]({base}/404), ")
    assert sorted((finding.code, finding.place) for finding in found) == [
        ("O01", Place(19, first)),
        ("O01", Place(19, third)),
        ("O01", Place(19, image)),
        ("O02", Place(19, second)),
    ]
    assert sum(counted) == 3
