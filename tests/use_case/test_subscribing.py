"""Files of people taken in, on both databases."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsletter.errors import InputError, SubscribersError
from newsletter.i18n import say
from newsletter.model.subscribers import Method, OptIn, Provenance, Status, Suppression, SuppressionReason
from newsletter.storage import address_hash, database
from newsletter.storage.campaigns import audience as audience_
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, records, segments, subscribers
from newsletter.subscribers.importing import importer
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions, Report

KEY, NOW = "a suppression key for tests", 1_795_000_000_000
HOW = Provenance(Method.OPERATOR)
DOOR = ImportCallbacks(KEY, NOW, lambda code, value: say("fr", code, value=value))
Import = Callable[..., Report]


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Import:
    def run(content: str | bytes, name: str = "people.csv", list_name: str = "tous", **options: Any) -> Report:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(store, ImportOptions(path, list_name, **options), DOOR)

    return run


def everybody(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as tx:
        rows = tx.execute(sa.text("SELECT email, first_name, last_name FROM subscriber ORDER BY email"))
        return [tuple(row) for row in rows]


def person(store: Store, email: str) -> Any:
    with store.read() as tx:
        found = subscribers.find_by_email(tx, email)
        return records.list_records(tx, [found.id], with_journal=True)[0] if found else None


def audience(store: Store, list_name: str = "tous") -> int:
    with store.read() as tx:
        found = lists.find(tx, list_name)
        return audience_.count_by_status(tx, found.id, segments.everybody())["recipients"] if found else 0


def suppressed(store: Store, email: str) -> SuppressionReason | None:
    with store.read() as tx:
        return subscribers.find_suppression(tx, address_hash.address_mac(KEY, email))


HEADERS = [
    "email,first_name,last_name",
    "Email;Prénom;Nom",
    "E-mail\tPrenom\tNOM",
    "Adresse e-mail|Prénom|Nom",
    "Courriel:Prénom:Nom",
    "email^firstname^lastname",
]


@pytest.mark.parametrize("header", HEADERS)
def test_people_are_imported_whatever_the_header(take: Import, store: Store, header: str) -> None:
    delimiter = next(sign for sign in ",;\t|:^" if sign in header)
    report = take(f"{header}\n" + delimiter.join(["Zoe@Exemple.FR", "Zoé", "Œuvrard"]) + "\n")
    assert (report.rows, report.added, report.rejected) == (1, 1, [])
    assert everybody(store) == [("zoe@exemple.fr", "Zoé", "Œuvrard")]


ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_people_are_imported_whatever_the_encoding(take: Import, store: Store, encoding: str, newline: str) -> None:
    take(newline.join(["email,prenom", 'zoe@exemple.fr,"Zoé, l’aînée"', ""]).encode(encoding))
    assert everybody(store) == [("zoe@exemple.fr", "Zoé, l’aînée", "")]


def test_a_file_of_bare_addresses_needs_no_header(take: Import, store: Store) -> None:
    report = take("a@exemple.fr\nb@exemple.fr\n")
    assert (report.added, len(everybody(store))) == (2, 2)


def test_other_columns_become_attributes(take: Import, store: Store) -> None:
    take("email,Ville de naissance,points,cp,vide\na@exemple.fr,Lyon,42,01000,\n")
    assert person(store, "a@exemple.fr").attributes == {"ville_de_naissance": "Lyon", "points": 42, "cp": "01000"}


def test_the_operator_can_map_columns(take: Import, store: Store) -> None:
    columns = {"Contact": "email", "Lieu": "ville", "Note interne": ""}
    take("Contact,Lieu,Note interne\na@exemple.fr,Lyon,secret\n", columns=columns)
    assert person(store, "a@exemple.fr").attributes == {"ville": "Lyon"}
    with pytest.raises(SubscribersError, match="map_unknown_column"):
        take("Contact\na@exemple.fr\n", columns={"Conctat": "email"})


BAD = [
    ("pas-une-adresse", "row_not_an_address_without_at"),
    ("a@b", "row_not_an_address_domain"),
    ("a b@exemple.fr", "row_not_an_address_space"),
    ("a@exemple.fr\r\nBcc: x@y.fr", "row_not_an_address_several"),
    ("a@exemple.fr\r\nx@y.fr", "row_quote_open"),
    ("é@exemple.fr", "row_not_an_address_accent"),
    ("", "row_without_address"),
]


@pytest.mark.parametrize(("address", "code"), BAD)
def test_a_row_without_a_valid_address_is_rejected_with_its_line(take: Import, address: str, code: str) -> None:
    report = take(f'email,prenom\nok@exemple.fr,A\n"{address}",B\nfin@exemple.fr,C\n')
    assert report.added == 2
    (row,) = report.rejected
    assert (row.code, row.line) == (code, 3 + address.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        'email,prenom\na@x.fr,"Jean\nb@x.fr,Lou\nc@x.fr,"Zoé"\nd@x.fr,Max\n',
        'email,prenom\na@x.fr,"Jean\nb@x.fr,Lou\nc@x.fr,Zoé\nd@x.fr,Max\n',
    ],
)
def test_an_unclosed_quote_is_reported(take: Import, text: str) -> None:
    report = take(text)
    assert [row.code for row in report.rejected] == ["row_quote_open"]
    assert report.rejected[0].value == "a@x.fr"


def test_a_person_in_two_rows_is_added_once(take: Import, store: Store) -> None:
    report = take("email,prenom,ville\nA@exemple.fr,,Lyon\na@exemple.fr,Ana,\n")
    assert (report.rows, report.added, report.unchanged) == (2, 1, 1)
    assert everybody(store) == [("a@exemple.fr", "Ana", "")]
    assert person(store, "a@exemple.fr").attributes == {"ville": "Lyon"}


def test_a_column_of_postal_addresses_is_not_the_email_column(take: Import, store: Store) -> None:
    take("nom;prenom;adresse;courriel\nMartin;Ana;12 rue des Presses;a@exemple.fr\n")
    assert everybody(store) == [("a@exemple.fr", "Ana", "Martin")]


def test_an_international_domain_is_stored_in_ascii(take: Import, store: Store) -> None:
    take("email\na@été.fr\n")
    assert everybody(store)[0][0] == "a@xn--t-9fab.fr"


def test_importing_a_file_again_changes_nothing(take: Import, store: Store) -> None:
    text = "email,prenom,ville\na@exemple.fr,A,Lyon\nb@exemple.fr,B,\n"
    take(text, tags=("presse",))
    before = [person(store, email) for email, *_ in everybody(store)]
    report = take(text, tags=("presse",))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 2)
    assert [person(store, email) for email, *_ in everybody(store)] == before


def test_an_import_rehearsal_reports_counts_and_changes_nothing(take: Import, store: Store, tmp_path: Path) -> None:
    report = take("email\na@exemple.fr\nfaux\n", rehearsal=True)
    assert (report.added, report.refused, report.files) == (1, 1, [])
    assert everybody(store) == []
    assert [path.name for path in tmp_path.iterdir() if "rejects" in path.name] == []
    with store.read() as tx:
        assert lists.list_all(tx) == []


def test_a_missing_name_is_filled_by_a_later_import_and_never_emptied(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\n")
    report = take("email,prenom\na@exemple.fr,Ana\n")
    assert (report.updated, report.unchanged) == (1, 0)
    take("email,prenom\na@exemple.fr,\n")
    assert everybody(store) == [("a@exemple.fr", "Ana", "")]


def test_an_import_does_not_bring_back_people_who_left(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\nb@exemple.fr\n")
    with store.write() as tx:
        someone, target = subscribers.find_by_email(tx, "a@exemple.fr"), lists.find(tx, "tous")
        assert someone
        assert target
        subscribers.unsubscribe(tx, [someone.id], [target.id], HOW, NOW)
        mac = address_hash.address_mac(KEY, "b@exemple.fr")
        subscribers.suppress(
            tx, "b@exemple.fr", mac=mac, reason=SuppressionReason.COMPLAINT, provenance=HOW, now_ms=NOW
        )
    assert audience(store) == 0
    report = take("email\na@exemple.fr\nb@exemple.fr\n")
    assert (report.kept_out, report.added, report.updated) == (2, 0, 0)
    assert audience(store) == 0


def test_an_unknown_suppressed_address_is_not_stored_by_an_import(take: Import, store: Store) -> None:
    with store.write() as tx:
        subscribers.suppress_many(
            tx, {address_hash.address_mac(KEY, "b@exemple.fr"): Suppression(SuppressionReason.ERASED, NOW)}
        )
    report = take("email\nB@Exemple.fr\n")
    assert (report.kept_out, everybody(store)) == (1, [])


def test_an_import_into_a_double_opt_in_list_leaves_people_pending(take: Import, store: Store) -> None:
    with store.write() as tx:
        lists.get_or_create(tx, "tous", NOW, OptIn.DOUBLE)
    take("email\na@exemple.fr\n")
    assert (person(store, "a@exemple.fr").lists, audience(store)) == ({"tous": Status.PENDING}, 0)


def test_the_consent_journal_records_file_line_and_consent_words(take: Import, store: Store) -> None:
    take("email\n\na@exemple.fr\n", words="J’accepte de recevoir La Lettre.")
    (entry,) = person(store, "a@exemple.fr").journal
    assert (entry.action, entry.list_name, entry.line, entry.at) == ("confirmed", "tous", 3, NOW)
    assert entry.provenance == Provenance(Method.IMPORT, "people.csv", "J’accepte de recevoir La Lettre.")


def test_rejected_rows_can_be_corrected_and_imported_again(take: Import, store: Store) -> None:
    report = take('email;prenom;ville\nok@exemple.fr;A;Lyon\nfaux;"Zoé; =1+1";=2+2\n')
    (file,) = report.files
    text = file.read_text("utf-8")
    assert file.name == "people.rejects.csv"
    assert text.split("\n")[1].startswith('faux;"Zoé; =1+1";\'=2+2;')
    again = take(text.replace("faux;", "juste@exemple.fr;"), "people.rejects.csv")
    assert (again.added, again.refused, again.files) == (1, 0, [])
    assert everybody(store)[0] == ("juste@exemple.fr", "Zoé; =1+1", "")
    assert person(store, "juste@exemple.fr").attributes == {"ville": "=2+2"}


def test_an_edited_rejects_file_is_never_overwritten(take: Import, tmp_path: Path) -> None:
    bad = "email\nfaux\n"
    (first,) = take(bad).files
    assert take(bad).files == [first]
    first.write_text("email,rejected_because\nje-corrige\n")
    (second,) = take(bad).files
    assert second.name == "people.rejects-2.csv"
    assert "je-corrige" in first.read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("a@gmial.com", "a@gmail.com"),
        ("a@gmail.con", "a@gmail.com"),
        ("a@gmail.co", "a@gmail.com"),
        ("a@hotmal.fr", "a@hotmail.fr"),
        ("a@orange.fr", ""),
        ("a@ymail.com", ""),
        ("a@exemple.fr", ""),
    ],
)
def test_probable_typing_mistakes_are_reported_and_imported(
    take: Import, store: Store, address: str, meant: str
) -> None:
    report = take(f"email\n{address}\n")
    assert [row.value for row in report.typos] == ([meant] if meant else [])
    assert everybody(store)[0][0] == address


def test_json_lines_and_json_files_are_imported(take: Import, store: Store) -> None:
    people = [
        {"email": "a@exemple.fr", "first_name": "Ana", "tags": ["presse"], "attributes": {"ville": "Lyon"}},
        {"email": "b@exemple.fr", "points": 3, "fidele": True, "rien": None},
    ]
    take("\n".join(map(json.dumps, people)) + "\nabîmé\n[]\n", "lignes.jsonl")
    take(json.dumps({"meta": {"n": 2}, "people": people}, indent=2), "document.json", list_name="club")
    assert person(store, "a@exemple.fr").tags == ("presse",)
    assert person(store, "a@exemple.fr").lists == {"tous": Status.CONFIRMED, "club": Status.CONFIRMED}
    assert person(store, "b@exemple.fr").attributes == {"points": 3, "fidele": "true"}


def test_a_broken_json_line_is_rejected_and_a_broken_json_document_refused(take: Import) -> None:
    report = take('{"email": "a@exemple.fr"}\n{"email": \n', "lignes.jsonl")
    assert [(row.line, row.code) for row in report.rejected] == [(2, "row_not_json")]
    assert report.files[0].name == "lignes.rejects.jsonl"
    with pytest.raises(SubscribersError, match=r"json_broken .*line=2"):
        take('[{"email": "a@exemple.fr"},\n{"email": }]', "document.json")


def test_a_big_json_document_is_imported(take: Import) -> None:
    people = [{"email": f"p{number}@exemple.fr", "note": "x" * 900} for number in range(300)]
    assert take(json.dumps(people), "document.json").added == 300


PEERS: list[tuple[str, str, dict[str, tuple[str | None, str | None]]]] = [
    (
        "mailchimp.csv",
        (
            "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,"
            "LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
            'a@exemple.fr,Ana,M,2,2020-01-02 03:04:05,1.2.3.4,2020-01-02 03:04:06,1.2.3.4,45,2020,1,x,,"""VIP"",""Blog"""\n'
        ),
        {"a@exemple.fr": ("confirmed", None)},
    ),
    (
        "unsub.csv",
        "Email Address,MEMBER_RATING,UNSUB_TIME,UNSUB_REASON,LEID,EUID\na@exemple.fr,2,2020-01-02 03:04:05,,1,x\n",
        {"a@exemple.fr": (None, "unsubscribed_all")},
    ),
    (
        "cleaned.csv",
        "Email Address,MEMBER_RATING,CLEAN_TIME,LEID,EUID\na@exemple.fr,2,2020-01-02 03:04:05,1,x\n",
        {"a@exemple.fr": (None, "bounce")},
    ),
    (
        "brevo.csv",
        (
            "\ufeffCONTACT ID;EMAIL;LASTNAME;FIRSTNAME;EMAIL_BLACKLISTED;DOUBLE_OPT-IN;ADDED_TIME;MODIFIED_TIME\n"
            "1;a@exemple.fr;M;Ana;No;Yes;12-04-2022 09:30;12-04-2022\n2;b@exemple.fr;;;Yes;;12-04-2022;\n"
        ),
        {"a@exemple.fr": ("confirmed", None), "b@exemple.fr": (None, "unsubscribed_all")},
    ),
    (
        "email_list.lettre.csv",
        (
            "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
            "a@exemple.fr,false,,other,false,2018-08-27T15:06:27.713Z,\nb@exemple.fr,true,,,true,2018-08-27T15:06:27.713Z,\n"
        ),
        {"a@exemple.fr": ("confirmed", None), "b@exemple.fr": (None, "unsubscribed_all")},
    ),
    (
        "members.2026-01-02.csv",
        (
            "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
            '1,a@exemple.fr,Ana Martin,,true,,,2020-01-02T03:04:05.000Z,,"VIP,Presse",\n'
            "2,b@exemple.fr,'=1+2,,false,,,2020-01-02T03:04:05.000Z,,,\n"
        ),
        {"a@exemple.fr": ("confirmed", None), "b@exemple.fr": (None, "unsubscribed_all")},
    ),
    (
        "buttondown.csv",
        (
            "id,creation_date,email_address,notes,metadata,tags,type,source,ip_address\n"
            'x,2020-01-02T03:04:05Z,a@exemple.fr,,"{""ville"":""Lyon""}",presse,regular,api,1.2.3.4\n'
            "y,2020-01-02T03:04:05Z,b@exemple.fr,,,,unactivated,,\nz,2020-01-02T03:04:05Z,c@exemple.fr,,,,undeliverable,,\n"
            "w,2020-01-02T03:04:05Z,d@exemple.fr,,,,spammy,,\nv,2020-01-02T03:04:05Z,e@exemple.fr,,,,complained,,\n"
        ),
        {
            "a@exemple.fr": ("confirmed", None),
            "b@exemple.fr": ("pending", None),
            "c@exemple.fr": (None, "bounce"),
            "d@exemple.fr": (None, "manual"),
            "e@exemple.fr": (None, "complaint"),
        },
    ),
    (
        "subscribers.csv",
        (
            "uuid,email,name,attributes,status,created_at,updated_at\n"
            'x,a@exemple.fr,Ana,"{""ville"":""Lyon""}",enabled,2024-01-15 10:00:00.123456 +0000 UTC,\n'
            "y,b@exemple.fr,B,{},disabled,2024-01-15 10:00:00.123456 +0000 UTC,\n"
            "z,c@exemple.fr,C,{},blocklisted,2024-01-15 10:00:00.123456 +0000 UTC,\n"
        ),
        {
            "a@exemple.fr": ("confirmed", None),
            "b@exemple.fr": (None, "unsubscribed_all"),
            "c@exemple.fr": (None, "manual"),
        },
    ),
    (
        "SendGrid_export.csv",
        (
            "EMAIL,FIRST_NAME,LAST_NAME,CITY,STATE_PROVINCE_REGION,CREATED_AT,UPDATED_AT,CONTACT_ID\n"
            "a@exemple.fr,Ana,M,Lyon,,2024-01-15T10:00:00Z,,1\n"
        ),
        {"a@exemple.fr": ("confirmed", None)},
    ),
    (
        "suppression_bounces (1).csv",
        'status,reason,email,created\n5.1.1,"550, ""no""\nsuch user",a@exemple.fr,1790083507\n',
        {"a@exemple.fr": (None, "bounce")},
    ),
    (
        "suppression_spam_reports.csv",
        "ip,email,created\n1.2.3.4,a@exemple.fr,1790083507\n",
        {"a@exemple.fr": (None, "complaint")},
    ),
    (
        "suppression_unsubscribes.csv",
        "email,created\na@exemple.fr,1790083507\n",
        {"a@exemple.fr": (None, "unsubscribed_all")},
    ),
    ("suppression_invalid_emails.csv", "reason,email,created\nx,a@exemple.fr,1\n", {"a@exemple.fr": (None, "invalid")}),
]


@pytest.mark.parametrize(("name", "text", "expected"), PEERS, ids=[name for name, *_ in PEERS])
def test_exports_of_other_programs_keep_their_subscription_states(
    take: Import, store: Store, name: str, text: str, expected: dict[str, tuple[str | None, str | None]]
) -> None:
    report = take(text, name)
    assert report.origins != ["generic"]
    assert report.refused == 0
    for email, (status, reason) in expected.items():
        found = person(store, email)
        assert (found.lists.get("tous") if found else None, suppressed(store, email)) == (status, reason), email
    again = take(text, name)
    assert (again.added, again.updated, again.suppressed) == (0, 0, 0)


DOUBTFUL = [
    ("desabonnes.csv", "email,created\na@exemple.fr,1\n", "import_suppression_unclear"),
    ("crm.csv", "email,status\na@exemple.fr,unsubscribed\n", "import_state_unclear"),
    ("crm.csv", "email,Désabonné le\na@exemple.fr,2020-01-01\n", "import_state_unclear"),
    ("crm.csv", "EMAIL;EMAIL BLOCKLISTED\na@exemple.fr;Yes\n", "import_state_unclear"),
]


@pytest.mark.parametrize(("name", "text", "key"), DOUBTFUL)
def test_a_file_that_may_name_departures_is_refused(take: Import, store: Store, name: str, text: str, key: str) -> None:
    with pytest.raises(InputError, match=key):
        take(text, name)
    assert everybody(store) == []


def test_the_operator_can_resolve_a_doubtful_file(take: Import, store: Store) -> None:
    take("email,status\na@exemple.fr,vip\n", columns={"status": "rang"})
    take("email,status\nb@exemple.fr,vip\n", columns={"status": ""})
    take("email,created\nc@exemple.fr,1\n", "x.csv", origin="sendgrid-unsubscribes")
    take("email,created\nd@exemple.fr,1790083507\n", "x.csv", origin="generic")
    assert [email[0] for email, *_ in everybody(store)] == ["a", "b", "d"]
    assert person(store, "a@exemple.fr").attributes == {"rang": "vip"}
    assert suppressed(store, "c@exemple.fr")


def test_corrected_rows_of_a_suppression_file_are_suppressed(take: Import, store: Store) -> None:
    report = take("email,created\nfaux,1\n", "suppression_unsubscribes.csv", list_name="")
    again = report.files[0].read_text("utf-8").replace("faux,1", "a@exemple.fr,1")
    assert take(again, report.files[0].name, list_name="").suppressed == 1
    assert everybody(store) == []


def test_the_rejects_file_keeps_every_cell_of_a_rejected_row(take: Import, store: Store) -> None:
    report = take("name,email,email\nDupont, Jean,jean@x.fr,oups\n=a,faux,\n")
    text = report.files[0].read_text("utf-8")
    assert [row.code for row in report.rejected] == ["row_too_long", "row_not_an_address_without_at"]
    for part in ("Dupont", "Jean", "jean@x.fr", "oups", "'=a"):
        assert part in text
    assert everybody(store) == []


def test_a_line_in_another_encoding_does_not_change_other_lines(take: Import, store: Store) -> None:
    take("email,prenom\na@x.fr,Zoé\n".encode() + "b@x.fr,René\n".encode("cp1252"))
    assert [first for _, first, _ in everybody(store)] == ["Zoé", "René"]


def test_columns_named_like_filter_fields_become_renamed_attributes(take: Import, store: Store) -> None:
    take("email,tag,domain,and,created_at\na@x.fr,t,paris,x,9999-12-31 23:59:59\n")
    found = person(store, "a@x.fr")
    assert found.attributes == {"tag_": "t", "domain_": "paris", "and_": "x"}
    assert found.created_at == NOW


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("suppression_blocks.csv", "status,reason,email,created\n5,x,a@exemple.fr,1\n"),
        ("nonsubscribed.csv", "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\na@exemple.fr,2,,,1,x\n"),
        ("buttondown.csv", "email_address,type,creation_date\na@exemple.fr,mystery,2020-01-01\n"),
        ("listmonk.csv", "uuid,email,attributes,status\nx,a@exemple.fr,{},\n"),
    ],
)
def test_people_who_were_not_subscribed_elsewhere_are_not_imported(
    take: Import, store: Store, name: str, text: str
) -> None:
    take(text, name)
    assert (everybody(store), suppressed(store, "a@exemple.fr")) == ([], None)


def test_a_bounce_reason_of_several_lines_is_read(take: Import, store: Store) -> None:
    take('status,reason,email,created\n5,"550 <a@x.fr>: no\nUser unknown",a@x.fr,1\n', "suppression_bounces.csv")
    assert suppressed(store, "a@x.fr") is SuppressionReason.BOUNCE


def test_an_old_file_does_not_add_the_former_address_of_a_person(take: Import, store: Store) -> None:
    from newsletter.subscribers import service

    take("email\na@exemple.fr\n")
    context = service.SubscriberContext(store, KEY, NOW)
    service.edit(context, "a@exemple.fr", {"email": "b@exemple.fr"}, {})
    assert (take("email\na@exemple.fr\n").kept_out, audience(store)) == (1, 1)
    service.edit(context, "b@exemple.fr", {"email": "a@exemple.fr"}, {})
    assert (take("email\nb@exemple.fr\n").kept_out, everybody(store)[0][0]) == (1, "a@exemple.fr")


def test_attributes_tags_and_date_of_another_program_are_imported(take: Import, store: Store) -> None:
    for name, text, _ in PEERS:
        if name == "buttondown.csv":
            take(text, name)
    found = person(store, "a@exemple.fr")
    assert (found.attributes, found.tags) == ({"ville": "Lyon"}, ("presse",))
    assert found.created_at == 1_577_934_245_000


def test_a_subscriber_who_left_elsewhere_is_unsubscribed(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\n")
    report = take("email,created\nA@exemple.fr,1790083507\n", "suppression_unsubscribes.csv", list_name="")
    assert (report.suppressed, audience(store)) == (1, 0)
    assert [entry.action for entry in person(store, "a@exemple.fr").journal] == [
        "confirmed",
        "suppressed",
        "unsubscribed",
    ]


def test_every_table_of_an_archive_is_imported(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "audience.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed_export.csv", PEERS[0][1])
        archive.writestr("unsubscribed_export.csv", PEERS[1][1].replace("a@exemple", "b@exemple"))
        archive.writestr("posts.csv", "post_id,title\n1,Un\n")
        archive.writestr("__MACOSX/._x.csv", "\0\0")
    report = import_file(store, ImportOptions(path, "tous"), DOOR)
    assert (report.origins, report.added, report.suppressed) == (["mailchimp", "mailchimp"], 1, 1)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04\x00\x00", b"\xff" * 5000])
def test_an_archive_without_people_is_refused(take: Import, tmp_path: Path, damage: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("posts.csv", b"post_id\n" + damage)
    with pytest.raises(SubscribersError, match="archive_without_tables"):
        take((tmp_path / "a.zip").read_bytes(), "b.zip")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "csv_without_address_column"),
        (b"prenom,nom\nA,B\n", "csv_without_address_column"),
        (b"email\n" + b"a" * 1_100_000 + b"\n", "csv_broken"),
        (b"PK\x03\x04\x00\x00", "csv_without_address_column"),
        (b"\0" * 5000, "csv_without_address_column"),
        (b"{}", "csv_without_address_column"),
        (b"[", "json_broken"),
        (b"[]", "csv_without_address_column"),
        (b"[[[[", "json_broken"),
        (b'[{"email": ', "json_broken"),
        (b'{"a":' * 5000, "json_broken"),
        (b'[{"email": "a@x.fr"}, ', "json_broken"),
        (b'{"gone": [{"email": "a@x.fr"}], "people": [{"email": "b@x.fr"}]}', "json_several"),
        (b"email\n" + b"a" * 17_000_000, "line_too_long"),
    ],
)
def test_an_unreadable_file_is_refused_with_a_reason(take: Import, content: bytes, key: str) -> None:
    with pytest.raises(SubscribersError, match=key):
        take(content)


def test_control_characters_and_empty_rows_are_cleaned(take: Import, store: Store) -> None:
    report = take('email,prenom\n"a@exemple.fr","Jean\nLuc\x00\x07"\n\n,,,,\nb@exemple.fr\n')
    assert [row.code for row in report.rejected] == []
    assert everybody(store) == [("a@exemple.fr", "Jean Luc", ""), ("b@exemple.fr", "", "")]


def test_odd_json_values_are_cleaned(take: Import, store: Store) -> None:
    odd = {"email": "a@exemple.fr", "first_name": "\ud800A\0", "x": {"y": [1, None]}, "big": 10**30, "é": 1, "n": 1e400}
    take(json.dumps([odd]), "odd.json")
    assert everybody(store) == [("a@exemple.fr", "A", "")]
    assert person(store, "a@exemple.fr").attributes["x"] == '{"y":[1,null]}'


def test_an_import_without_a_list_is_refused(take: Import) -> None:
    with pytest.raises(InputError, match="import_list_missing"):
        take("email\na@exemple.fr\n", list_name="")


def test_batches_before_a_failure_are_kept(take: Import, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that dies in its third batch has taken two, and is finished by the next run."""
    monkeypatch.setattr(importer, "BATCH", 10)
    text = "email\n" + "".join(f"p{number}@exemple.fr\n" for number in range(25))
    with pytest.raises(SubscribersError, match="csv_broken"):
        take(text + "x" * 1_100_000 + "\n")
    assert audience(store) == 20
    assert take(text).added == 5


@pytest.mark.parametrize(
    "column",
    ["Date de désinscription", "désinscrit", "Résilié", "Abonné", "actif", "Opt-in", "Bounce count", "deleted", "subscriber_status",
     "do not mail", "Date de sortie", "hard_bounce", "Consentement"],
)  # fmt: skip
def test_a_column_that_may_name_departures_stops_the_import(take: Import, column: str) -> None:
    with pytest.raises(InputError, match="import_state_unclear"):
        take(f"email,{column}\na@exemple.fr,1\n")


def test_substack_delivery_tables_are_not_imported(take: Import, store: Store, tmp_path: Path) -> None:
    """Substack's archive holds a table of deliveries and openings for each post; whoever left is in them."""
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr(
            "email_list.lettre.csv", "email,active_subscription,email_disabled\nla@exemple.fr,false,false\n"
        )
        archive.writestr("posts/1.delivers.csv", "post_id,timestamp,email\n1,2024-01-01,partie@exemple.fr\n")
    report = take((tmp_path / "made.zip").read_bytes(), "export.zip", words="Oui.")
    assert [email for email, _, _ in everybody(store)] == ["la@exemple.fr"]
    assert report.passed_over == ["posts/1.delivers.csv"]


def test_an_import_does_not_replace_a_name_on_file(take: Import, store: Store) -> None:
    take("email,prenom,nom,points\na@exemple.fr,Anna,,1\n")
    take("email,prenom,nom,points\na@exemple.fr,Ana,Diaz,2\n")
    known = person(store, "a@exemple.fr")
    assert (known.first_name, known.last_name, known.attributes) == ("Anna", "Diaz", {"points": 2})


def test_the_sep_line_of_excel_is_skipped(take: Import, store: Store) -> None:
    report = take("sep=;\r\n\r\nemail;prenom\r\na@exemple.fr;Ana\r\npas une adresse;x\r\n")
    assert everybody(store) == [("a@exemple.fr", "Ana", "")]
    assert [row.line for row in report.rejected] == [5]


def test_the_bounce_columns_of_sendgrid_do_not_become_attributes(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\n")
    take("email,reason,status,created\na@exemple.fr,550 no such user,5.1.1,2024-01-01\n", "suppression_bounces.csv", "")
    assert (person(store, "a@exemple.fr").attributes, person(store, "a@exemple.fr").suppressed) == ({}, "bounce")


def test_the_lookups_of_an_import_use_indexes(tmp_path: Path) -> None:
    """Without statistics SQLite turned the tables round: taking a file in again was quadratic."""
    from newsletter.storage import dialects
    from newsletter.storage.subscribers import consent_journal, upsert

    statements = (upsert._FIND_PEOPLE, upsert._READ_STATUSES, subscribers._SUBSCRIBED, subscribers._HASHES, records._PEOPLE,
                  records._LISTS, records._TAGS, consent_journal._OF)  # fmt: skip
    store = database.open_store(
        f"sqlite:///{tmp_path / 'plans.db'}", database.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
    )
    with store.read() as tx:
        for statement in statements:
            wanted, value = dialects.values_table(
                tx, ["a@exemple.fr"] if "email" in statement[:120] and "JOIN subscriber" in statement else [1]
            )
            plan = tx.execute(
                sa.text("EXPLAIN QUERY PLAN " + statement.format(wanted=wanted)),
                {"wanted": value, "list_id": 1, "gone": "x"},
            ).all()
            scans = [row[3] for row in plan if row[3].startswith("SCAN")]
            assert not [scan for scan in scans if scan.split()[1] not in {"wanted", "json_each", "l", "t"}], (
                statement,
                plan,
            )


DAYS = [("2024-05-01", "2024-05-01T00:00"), ("1/5/2024", "2024-05-01T00:00"), ("01.05.2024 10:30", "2024-05-01T10:30")]


@pytest.mark.parametrize(("typed", "local"), DAYS)
def test_a_date_without_zone_is_read_in_the_zone_of_the_publication(
    take: Import, store: Store, typed: str, local: str
) -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/Montreal")
    take(f"email,created_at\na@exemple.fr,{typed}\n", zone=zone)
    created = dt.datetime.fromtimestamp(person(store, "a@exemple.fr").created_at / 1000, zone)
    assert created.isoformat()[:16] == local
