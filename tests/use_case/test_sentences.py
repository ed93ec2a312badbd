"""The words for a campaign in every state of the ledger: the same in every command and page."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fake_provider import BaseFakeProvider
from project import Project

from newsletter.app import App, open_app
from newsletter.campaigns import control, operator_alerts, planning, reports
from newsletter.campaigns.operator_alerts import Operator
from newsletter.cli import contents
from newsletter.cli.error_boundary import run
from newsletter.editorial.review import Reading, examine
from newsletter.model.campaign import (
    GIVEN_UP,
    Campaign,
    CampaignState,
    ChunkState,
    Claim,
    ExceptionKind,
    Part,
    SendOptions,
)
from newsletter.model.delivery import Accepted, Attempt, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.providers.base import Caps, CommitPoint, Request, commit_always
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.database import Store
from newsletter.system import timestamps
from newsletter.web.desk import panels
from newsletter.web.desk.workspace import Desk

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3_600_000
PEOPLE = [f"p{number}@exemple.fr" for number in range(4)]


@dataclass
class CampaignLedger:
    """A campaign to four people in two chunks, with outcomes that are recorded as a worker records them."""

    app: App
    store: Store
    reading: Reading
    now: int
    campaign: Campaign = field(init=False)

    def plan(self, **orders: int) -> CampaignLedger:
        any_before = tuple(range(1, 20))  # each issue here has the same words
        terms = planning.PlanOptions("smtp", 2, SendOptions(**orders), any_before)  # type: ignore[arg-type] # all but one are numbers
        audience = planning.Audience("tous", provider="smtp")
        moment = timestamps.moment(self.now)
        self.campaign = planning.plan(self.store, self.reading.edition, audience, terms, now=moment).campaign
        return self

    def claim(self, sequence: int, fence: str = "") -> Claim:
        claimant = chunks.Claimant("elsewhere:1:1", f"token{sequence}", self.now, self.now + HOUR, fence)
        with self.store.write() as tx:
            claim = chunks.claim(tx, self.campaign, sequence, claimant)
        assert claim
        return claim

    def record(self, *states: ChunkState, fence: str = "") -> CampaignLedger:
        """Claim the first chunks and record a state for each."""
        for sequence, state in enumerate(states):
            claim = self.claim(sequence, fence and f"{fence}{sequence}")
            held = ChunkState.IN_DOUBT if state is ChunkState.HELD else state
            refused = [
                (person.id, ExceptionKind.REJECTED, "550") for person in claim.people if state is ChunkState.REJECTED
            ]
            with self.store.write() as tx:
                chunks.record(tx, claim, [Part(held, detail="said")], refused, self.now)
            if state is ChunkState.HELD:
                self.resolve_doubts(ChunkState.IN_DOUBT, Part(ChunkState.HELD))
        return self

    def resolve_doubts(self, old: ChunkState, part: Part) -> CampaignLedger:
        with self.store.write() as tx:
            for chunk in chunks.list_chunks(tx, self.campaign.id, old):
                chunks.resolve_doubt(tx, self.campaign.id, chunk, part, self.now)
        return self

    def change_state(self, *states: CampaignState) -> CampaignLedger:
        for state in states:
            with self.store.write() as tx:
                assert campaigns.change_state(tx, control.get_campaign(self.store, self.campaign.id), state, self.now)
                if state is CampaignState.CANCELLED:
                    chunks.cancel_ready(tx, self.campaign.id, self.now)
        return self

    def read_report(self) -> reports.CampaignReport:
        return reports.read_report(self.store, self.campaign, self.now)


A, D, H, R = ChunkState.ACCEPTED, ChunkState.IN_DOUBT, ChunkState.HELD, ChunkState.REJECTED
PAUSED, HELD, CANCELLED = CampaignState.PAUSED, CampaignState.HELD, CampaignState.CANCELLED
State = Callable[[CampaignLedger], object]


def plan_held_by_provider(ledger: CampaignLedger, *states: ChunkState) -> CampaignLedger:
    return ledger.plan(release_at=ledger.now + HOUR).record(*states, fence="f")


def given_up(ledger: CampaignLedger) -> CampaignLedger:
    return ledger.plan().record(A, H).resolve_doubts(H, Part(ChunkState.CANCELLED, detail=GIVEN_UP))


STATES: dict[str, tuple[State, str, str, list[str]]] = {
    # state: how to reach it, its status text, its counts, the commands that are named
    "scheduled": (lambda ledger: ledger.plan(not_before=ledger.now + HOUR), "prévu le {at}", "0 remis sur 4, 4 en attente.",
                  ["reschedule 1 --at", "cancel 1"]),
    "ready": (lambda ledger: ledger.plan(), "pas encore commencé", "0 remis sur 4, 4 en attente.", ["dispatch --once"]),
    "sending": (lambda ledger: ledger.plan().claim(0), "en cours", "0 remis sur 4, 2 en attente, 2 en route.", ["dispatch --once"]),
    "begun": (lambda ledger: ledger.plan().record(A), "commencé, pas terminé", "2 remis sur 4, 2 en attente.", ["dispatch --once"]),
    "begun in doubt": (lambda ledger: ledger.plan().record(D), "commencé, pas terminé", "0 remis sur 4, 2 en attente, 2 en doute.",
                       ["dispatch --once", "--who in_doubt"]),
    "paused": (lambda ledger: ledger.plan().record(A).change_state(PAUSED), "en pause", "2 remis sur 4, 2 en attente.",
               ["resume 1", "reschedule 1 --at", "cancel 1"]),
    "paused in doubt": (lambda ledger: ledger.plan().record(D).change_state(PAUSED), "en pause", "0 remis sur 4, 2 en attente, 2 en doute.",
                        ["resume 1", "--who in_doubt"]),
    "held": (lambda ledger: ledger.plan().change_state(HELD), "à confirmer", "0 remis sur 4, 4 en attente.",
             ["resume 1", "reschedule 1 --at", "cancel 1"]),
    "handed": (lambda ledger: plan_held_by_provider(ledger, A, A), "programmé chez le prestataire pour le {at}",
               "4 remis sur 4, dont 4 que le prestataire garde jusqu’au {at}.", ["reschedule 1 --at", "cancel 1"]),
    "handed, half": (lambda ledger: plan_held_by_provider(ledger, A), "commencé, pas terminé",
                     "2 remis sur 4, dont 2 que le prestataire garde jusqu’au {at}, 2 en attente.", ["dispatch --once"]),
    "clearing": (lambda ledger: ledger.plan().record(A, D), "en partie sans réponse, à vérifier", "2 remis sur 4, 2 en doute.",
                 ["dispatch", "--who in_doubt"]),
    "unsure": (lambda ledger: ledger.plan().record(A, H), "une décision est à prendre", "2 remis sur 4, 2 retenus.",
               ["resolve 1 --taken", "--who held"]),
    "cancelled before": (lambda ledger: ledger.plan(not_before=ledger.now + HOUR).change_state(CANCELLED), "annulé, personne ne l’a reçu",
                         "0 remis sur 4, 4 annulés.", ["reschedule 1 --at", "--only-missing"]),
    "cancelled halfway": (lambda ledger: ledger.plan().record(A).change_state(CANCELLED), "annulé en cours de route",
                          "2 remis sur 4, 2 annulés.", ["--only-missing"]),
    "cancelled in doubt": (lambda ledger: ledger.plan().record(D).change_state(CANCELLED), "annulé, en partie sans réponse",
                           "0 remis sur 4, 2 en doute, 2 annulés.", ["--who in_doubt"]),
    "cancelled and held": (lambda ledger: ledger.plan().record(H).change_state(CANCELLED), "annulé, en partie sans réponse",
                           "0 remis sur 4, 2 retenus, 2 annulés.", ["resolve 1 --taken"]),
    "cancelled under way": (lambda ledger: (ledger.plan().claim(0), ledger.change_state(CANCELLED)), "annulé, en partie sans réponse",
                            "0 remis sur 4, 2 en route, 2 annulés.", ["dispatch --once"]),
    "cancelled too late": (lambda ledger: plan_held_by_provider(ledger, A).change_state(CANCELLED), "annulé trop tard pour ce qui part le {at}",
                           "2 remis sur 4, dont 2 que le prestataire garde jusqu’au {at}, 2 annulés.", ["--only-missing"]),
    "taken back": (lambda ledger: plan_held_by_provider(ledger, A, A).change_state(CANCELLED).resolve_doubts(A, Part(ChunkState.CANCELLED)),
                   "annulé, personne ne l’a reçu", "0 remis sur 4, 4 annulés.", ["reschedule 1 --at"]),
    "done": (lambda ledger: ledger.plan().record(A, A), "terminé", "4 remis sur 4.", ["--only-missing"]),
    "some refused": (lambda ledger: ledger.plan().record(A, R), "terminé, avec des refus", "2 remis sur 4, 2 refusés.",
                     ["--who rejected"]),
    "all refused": (lambda ledger: ledger.plan().record(R, R), "terminé, personne ne l’a reçu", "0 remis sur 4, 4 refusés.",
                    ["--who rejected"]),
    "given up": (given_up, "terminé, en partie sans réponse", "2 remis sur 4, 2 sans réponse, pour toujours.",
                 ["--who given_up"]),
    "given up, cancelled": (lambda ledger: given_up(ledger).change_state(CANCELLED), "annulé, en partie sans réponse",
                            "2 remis sur 4, 2 sans réponse, pour toujours.", ["--only-missing"]),
}  # fmt: skip
FINISHED = {"handed", "done", "some refused", "all refused", "given up"}
REFUSED_BY_SEND = {name for name in STATES if name.startswith(("paused", "held", "cancelled", "taken", "given up, "))}


@dataclass(frozen=True)
class PreparedPublication:
    """A publication with a mail relay as provider, four people on a list, and one issue."""

    folder: Path
    app: App
    reading: Reading


@pytest.fixture(scope="module")
def prepared(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> PreparedPublication:
    folder = found_project(tmp_path_factory.mktemp("sentences")).folder
    config = folder / "newsletter.toml"
    text = config.read_text("utf-8").replace('provider = "outbox"', 'provider = "smtp"')
    config.write_text(f'{text}\n[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n', "utf-8")
    (folder / "tous.csv").write_text("email\n" + "".join(f"{email}\n" for email in PEOPLE))
    assert (
        run(contents, ["subscribers", "import", str(folder / "tous.csv"), "--list", "tous", "--project", str(folder)])
        == 0
    )
    app = open_app(folder, folder)
    assert run(contents, ["db", "backup", str(folder / "empty.db"), "--project", str(folder)]) == 0
    (path,) = app.issues.glob("*/index.md")
    return PreparedPublication(folder, app, examine(path, app.publication, app.theme()))


@pytest.fixture
def ledger(prepared: PreparedPublication, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignLedger]:
    for file in [*prepared.folder.glob("newsletter*.db*"), *prepared.folder.glob(".newsletter-memory*")]:
        file.unlink()
    shutil.copy(prepared.folder / "empty.db", prepared.folder / "newsletter.db")
    monkeypatch.chdir(prepared.folder)
    store = prepared.app.store()
    yield CampaignLedger(prepared.app, store, prepared.reading, int(time.time() * 1000))
    store.close()


def fill_time(words: str, ledger: CampaignLedger) -> str:
    at = timestamps.moment(ledger.now + HOUR).astimezone(PARIS)
    return words.format(at=f"{at:%d/%m/%Y à %H:%M}")


def replace_no_break_spaces(text: str) -> str:
    return text.replace("\u00a0", " ")


def show_list(ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]) -> str:
    del ledger
    assert run(contents, ["campaigns", "list"]) == 0
    return capsys.readouterr().out


def show_campaign(ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(contents, ["campaigns", "show", str(ledger.campaign.id)]) == 0
    return capsys.readouterr().out


def describe_on_desk(ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]) -> str:
    del capsys
    desk = Desk(ledger.app, lambda: ledger.app, "fr")
    (sentence,) = panels.describe_campaigns(desk, ledger.store, ledger.reading)
    return sentence[0].lower() + sentence[1:]


@pytest.mark.parametrize("name", STATES)
def test_list_show_and_desk_describe_a_state_with_the_same_words(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make, status, counts, commands = STATES[name]
    make(ledger)
    capsys.readouterr()
    table, page, badge = (
        replace_no_break_spaces(show(ledger, capsys)) for show in (show_list, show_campaign, describe_on_desk)
    )
    assert fill_time(status, ledger) in table
    assert table.split("\n")[0].split()[:2] == ["N°", "Numéro"]
    report = ledger.read_report()
    doubt = report.tally.in_doubt + report.tally.held + report.tally.given_up
    accepted = report.tally.accepted
    assert table.rstrip("\n").split("\n")[1].split()[-4:] == [f"{accepted}/4", str(doubt), str(25 * accepted), "%"]
    assert fill_time(status, ledger) in page
    assert fill_time(counts, ledger) in page
    assert [command for command in commands if command not in page] == []
    if name == "done":
        assert (badge[:9], badge[-13:]) == ("remis le ", "à 4 personnes")
    else:
        whole = report.status in {"scheduled", "ready", "handed", "cancelled_nobody"}
        assert badge == f"{fill_time(status, ledger)} · {'4 personnes' if whole else fill_time(counts, ledger)}"
    for text in (table, page, badge):
        if report.reached or report.unknown:
            assert "personne ne l’a" not in text
        assert report.reached or not text.startswith("remis le")
    assert json.loads(show_json(ledger, capsys))["status"] == report.status


def show_json(ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]) -> str:
    run(contents, ["campaigns", "show", str(ledger.campaign.id), "--format", "json"])
    return capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(FINISHED))
def test_sending_a_finished_campaign_again_sends_nothing_and_reports_its_status(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make, status, counts, _ = STATES[name]
    make(ledger)
    before = ledger.read_report()
    capsys.readouterr()
    run(contents, ["send", "bienvenue", "--list", "tous", "--yes"])
    out, err = map(replace_no_break_spaces, capsys.readouterr())
    assert "Rien n’est parti cette fois-ci" in err
    assert fill_time(status, ledger) in out
    assert fill_time(counts, ledger) in out
    assert ledger.read_report().tally == before.tally


@pytest.mark.parametrize("name", sorted(REFUSED_BY_SEND))
def test_send_refuses_a_stopped_campaign_and_names_working_commands(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make, status, counts, commands = STATES[name]
    make(ledger)
    capsys.readouterr()
    assert run(contents, ["send", "bienvenue", "--list", "tous", "--yes"]) == 3
    refusal = replace_no_break_spaces(capsys.readouterr().err)
    assert fill_time(status, ledger) in refusal
    assert fill_time(counts, ledger) in refusal
    assert [command for command in commands if command not in refusal] == []


VERBS = ("pause", "resume", "cancel", "reschedule")
COMMANDS = {
    "pause 1": ["campaigns", "pause", "1"],
    "resume 1": ["campaigns", "resume", "1"],
    "cancel 1": ["campaigns", "cancel", "1", "--yes"],
    "reschedule 1 --at": ["campaigns", "reschedule", "1", "--at", "2099-12-01 08:00"],
    "resolve 1 --taken": ["campaigns", "resolve", "1", "--taken"],
    "show 1 --who": ["campaigns", "show", "1", "--who", "rejected"],
}


KEPT = {"handed", "handed, half", "cancelled too late"}
"""Messages kept by the provider can be rescheduled only with that provider: see test_rescheduling."""
CHANGES = [(name, verb) for name in STATES for verb in VERBS if (verb, name in KEPT) != ("reschedule", True)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verb"), CHANGES)
def test_a_command_named_in_a_refusal_is_accepted(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], name: str, verb: str
) -> None:
    STATES[name][0](ledger)
    capsys.readouterr()
    options = {"cancel": ["--yes"], "reschedule": ["--at", "2099-12-01 08:00"]}.get(verb, [])
    code = run(contents, ["campaigns", verb, "1", *options])
    refusal = replace_no_break_spaces(capsys.readouterr().err)
    if code == 0:
        return
    assert code == 3
    named = [command for words, command in COMMANDS.items() if words in refusal]
    named += (
        [["send", "bienvenue", "--list", "tous", "--only-missing", "--dry-run"]] if "--only-missing" in refusal else []
    )
    assert named or "dispatch" in refusal, refusal
    for command in named[:1]:
        assert run(contents, command) == 0 or refusal not in replace_no_break_spaces(capsys.readouterr().err), (
            refusal,
            command,
        )


@dataclass
class OperatorMailbox(BaseFakeProvider):
    """A provider that keeps the operator's mail."""

    name: str = "smtp"
    caps: Caps = field(default_factory=lambda: Caps(1, idempotent=False))
    subjects: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        del recipients, attempt
        return Request(edition.subject, (edition.text.encode(),))

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        assert commit_point()
        self.subjects.append(replace_no_break_spaces(request.key))
        self.texts.append(replace_no_break_spaces(request.body.decode()))
        return Accepted()


SUBJECTS = {
    "done": "Envoi terminé", "some refused": "Envoi terminé", "all refused": "Envoi terminé", "given up": "Envoi terminé",
    "handed": "Envoi programmé", "unsure": "À décider", "cancelled and held": "À décider", "held": "Envoi à confirmer",
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_the_operator_gets_one_mail_only_for_states_that_need_one(ledger: CampaignLedger, name: str) -> None:
    make, _, counts, _ = STATES[name]
    make(ledger)
    mailbox = OperatorMailbox()
    now = timestamps.moment(ledger.now)
    app = ledger.app
    operator = Operator("moi@exemple.fr", "fr", mailbox, app.publication, app.look(), now)
    for _ in range(2):
        operator_alerts.send_alert(ledger.store, operator, ledger.read_report())
    assert mailbox.subjects == ([f"{SUBJECTS[name]} : bienvenue"] if name in SUBJECTS else [])
    for text in mailbox.texts:
        assert fill_time(counts, ledger) in " ".join(text.split())
        assert "exemple.fr" not in text


def test_a_given_up_recipient_is_not_listed_as_cancelled(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    given_up(ledger)
    capsys.readouterr()
    run(contents, ["campaigns", "show", "1", "--who", "given_up"])
    named = sorted(line.split("\t")[0] for line in capsys.readouterr().out.split("\n") if line)
    assert named == PEOPLE[2:]
    run(contents, ["campaigns", "show", "1", "--who", "cancelled"])
    assert capsys.readouterr().out == ""
    run(contents, ["campaigns", "show", "1", "--address", PEOPLE[2]])
    assert "on ne saura pas" in capsys.readouterr().out


def test_unreported_figures_are_not_shown_as_zero(ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.plan().record(A, A)
    capsys.readouterr()
    run(contents, ["stats", "--format", "json"])
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["accepted"], facts["delivered"], facts["complained"], facts["complaint_rate"]) == (
        4,
        None,
        None,
        None,
    )
    run(contents, ["stats"])
    text = replace_no_break_spaces(capsys.readouterr().out)
    assert "0 " not in text
    assert "n’a rien signalé" in text


def test_stats_compare_only_with_issues_that_readers_received(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cancelled issue and a scheduled issue are not compared."""
    own = ledger.reading.edition
    for slug, name in {"recu": "done", "annule": "cancelled before", "prevu": "scheduled"}.items():
        ledger.reading = replace(ledger.reading, edition=replace(own, issue_id=slug, slug=slug, digest=slug))
        STATES[name][0](ledger)
    ledger.reading = replace(ledger.reading, edition=own)
    ledger.plan().record(A, A)
    capsys.readouterr()
    run(contents, ["stats", "bienvenue"])
    before = replace_no_break_spaces(capsys.readouterr().out).partition("Les précédents")[2]
    assert "recu" in before
    assert "annule" not in before
    assert "prevu" not in before


@pytest.mark.parametrize("name", STATES)
def test_the_static_site_has_only_issues_that_may_have_reached_a_reader(
    ledger: CampaignLedger, tmp_path: Path, name: str
) -> None:
    STATES[name][0](ledger)
    assert run(contents, ["assets", "export", str(tmp_path / "site")]) == 0
    report = ledger.read_report()
    may_have_it = report.reached + report.unknown > 0
    assert (tmp_path / "site/n/bienvenue/index.html").exists() is may_have_it


def test_show_says_until_when_too_many_doubts_stop_a_campaign(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.plan(in_flight=1).record(D)
    with ledger.store.write() as tx:
        chunks.split(tx, 1, 0, [Part(D, (member,)) for member in chunks.list_members(tx, 1, 0)], ledger.now)
    capsys.readouterr()
    run(contents, ["campaigns", "show", "1"])
    said = replace_no_break_spaces(capsys.readouterr().out)
    until = timestamps.moment(ledger.now + HOUR // 2).astimezone(PARIS)
    assert "trop de messages sont en doute (2), rien de plus ne part tant qu’ils le sont" in said
    assert f"au plus tard le {until:%d/%m/%Y à %H:%M}" in said


def test_dispatch_names_the_rate_cap_or_provider_that_delays_a_campaign(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.plan(rate=2).record(A)
    with ledger.store.read() as tx:
        assert attempts.find_quota_end(tx, 1, 2) == ledger.now + HOUR
    capsys.readouterr()
    run(contents, ["dispatch", "--once"])
    at = timestamps.moment(ledger.now + HOUR).astimezone(PARIS)
    assert (
        f"2 personnes attendent : 2 par heure au plus, newsletter dispatch continue le {at:%d/%m/%Y à %H:%M:%S}"
        in replace_no_break_spaces(capsys.readouterr().err)
    )
    monkeypatch.setenv("NEWSLETTER_DAILY_CAP", "2")
    run(contents, ["dispatch", "--once"])
    assert "le plafond du jour (2 personnes) est atteint" in replace_no_break_spaces(capsys.readouterr().err)
    monkeypatch.setenv("NEWSLETTER_PROVIDER", "outbox")
    assert run(contents, ["dispatch", "--once"]) == 1
    assert 'remettez provider = "smtp"' in capsys.readouterr().err


def test_show_asks_for_the_provider_of_a_doubt_if_the_settings_name_another(
    ledger: CampaignLedger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.plan().record(A, D)
    monkeypatch.setenv("NEWSLETTER_PROVIDER", "outbox")
    capsys.readouterr()
    run(contents, ["campaigns", "show", "1"])
    said = replace_no_break_spaces(capsys.readouterr().out)
    assert '2 personnes attendent smtp, que les réglages ne nomment plus : remettez provider = "smtp"' in said
    assert "se renseigne" not in said
