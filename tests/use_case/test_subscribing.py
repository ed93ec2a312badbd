"""Import of subscribers on both databases."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from identity import KEY, NOW
from subscriber_queries import find_suppression, list_names

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

BY_OPERATOR = Provenance(Method.OPERATOR)
CALLBACKS = ImportCallbacks(KEY, NOW, lambda code, value: say("fr", code, value=value))
Import = Callable[..., Report]


@pytest.fixture
def import_text(store: Store, tmp_path: Path) -> Import:
    def run(content: str | bytes, name: str = "people.csv", list_name: str = "tous", **options: Any) -> Report:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(store, ImportOptions(path, list_name, **options), CALLBACKS)

    return run


def find_record(store: Store, email: str) -> Any:
    with store.read() as tx:
        found = subscribers.find_by_email(tx, email)
        return records.list_records(tx, [found.id], with_journal=True)[0] if found else None


def count_audience(store: Store, list_name: str = "tous") -> int:
    with store.read() as tx:
        found = lists.find(tx, list_name)
        return audience_.count_by_status(tx, found.id, segments.everybody())["recipients"] if found else 0


HEADERS = [
    "email,first_name,last_name",
    "Email;Prénom;Nom",
    "E-mail\tPrenom\tNOM",
    "Adresse e-mail|Prénom|Nom",
    "Courriel:Prénom:Nom",
    "email^firstname^lastname",
]


@pytest.mark.parametrize("header", HEADERS)
def test_people_are_imported_whatever_the_header(import_text: Import, store: Store, header: str) -> None:
    delimiter = next(sign for sign in ",;\t|:^" if sign in header)
    report = import_text(f"{header}\n" + delimiter.join(["Zoe@Exemple.FR", "Zoé", "Œuvrard"]) + "\n")
    assert (report.rows, report.added, report.rejected) == (1, 1, [])
    assert list_names(store) == [("zoe@exemple.fr", "Zoé", "Œuvrard")]


ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_people_are_imported_whatever_the_encoding(
    import_text: Import, store: Store, encoding: str, newline: str
) -> None:
    import_text(newline.join(["email,prenom", 'zoe@exemple.fr,"Zoé, l’aînée"', ""]).encode(encoding))
    assert list_names(store) == [("zoe@exemple.fr", "Zoé, l’aînée", "")]


def test_a_file_of_bare_addresses_needs_no_header(import_text: Import, store: Store) -> None:
    report = import_text("a@exemple.fr\nb@exemple.fr\n")
    assert (report.added, len(list_names(store))) == (2, 2)


def test_other_columns_become_attributes(import_text: Import, store: Store) -> None:
    import_text("email,Ville de naissance,points,cp,vide\na@exemple.fr,Lyon,42,01000,\n")
    assert find_record(store, "a@exemple.fr").attributes == {"ville_de_naissance": "Lyon", "points": 42, "cp": "01000"}


def test_the_operator_can_map_columns(import_text: Import, store: Store) -> None:
    columns = {"Contact": "email", "Lieu": "ville", "Note interne": ""}
    import_text("Contact,Lieu,Note interne\na@exemple.fr,Lyon,secret\n", columns=columns)
    assert find_record(store, "a@exemple.fr").attributes == {"ville": "Lyon"}
    with pytest.raises(SubscribersError, match="map_unknown_column"):
        import_text("Contact\na@exemple.fr\n", columns={"Conctat": "email"})


WRONG_ADDRESSES = [
    ("pas-une-adresse", "row_not_an_address_without_at"),
    ("a@b", "row_not_an_address_domain"),
    ("a b@exemple.fr", "row_not_an_address_space"),
    ("a@exemple.fr\r\nBcc: x@y.fr", "row_not_an_address_several"),
    ("a@exemple.fr\r\nx@y.fr", "row_quote_open"),
    ("é@exemple.fr", "row_not_an_address_accent"),
    ("", "row_without_address"),
]


@pytest.mark.parametrize(("address", "code"), WRONG_ADDRESSES)
def test_a_row_without_a_valid_address_is_rejected_with_its_line(import_text: Import, address: str, code: str) -> None:
    report = import_text(f'email,prenom\nok@exemple.fr,A\n"{address}",B\nfin@exemple.fr,C\n')
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
def test_an_unclosed_quote_is_reported(import_text: Import, text: str) -> None:
    report = import_text(text)
    assert [row.code for row in report.rejected] == ["row_quote_open"]
    assert report.rejected[0].value == "a@x.fr"


def test_a_person_in_two_rows_is_added_once(import_text: Import, store: Store) -> None:
    report = import_text("email,prenom,ville\nA@exemple.fr,,Lyon\na@exemple.fr,Ana,\n")
    assert (report.rows, report.added, report.unchanged) == (2, 1, 1)
    assert list_names(store) == [("a@exemple.fr", "Ana", "")]
    assert find_record(store, "a@exemple.fr").attributes == {"ville": "Lyon"}


def test_a_column_of_postal_addresses_is_not_the_email_column(import_text: Import, store: Store) -> None:
    import_text("nom;prenom;adresse;courriel\nMartin;Ana;12 rue des Presses;a@exemple.fr\n")
    assert list_names(store) == [("a@exemple.fr", "Ana", "Martin")]


def test_an_international_domain_is_stored_in_ascii(import_text: Import, store: Store) -> None:
    import_text("email\na@été.fr\n")
    assert list_names(store)[0][0] == "a@xn--t-9fab.fr"


def test_importing_a_file_again_changes_nothing(import_text: Import, store: Store) -> None:
    text = "email,prenom,ville\na@exemple.fr,A,Lyon\nb@exemple.fr,B,\n"
    import_text(text, tags=("presse",))
    before = [find_record(store, email) for email, *_ in list_names(store)]
    report = import_text(text, tags=("presse",))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 2)
    assert [find_record(store, email) for email, *_ in list_names(store)] == before


def test_an_import_rehearsal_reports_counts_and_changes_nothing(
    import_text: Import, store: Store, tmp_path: Path
) -> None:
    report = import_text("email\na@exemple.fr\nfaux\n", rehearsal=True)
    assert (report.added, report.refused, report.files) == (1, 1, [])
    assert list_names(store) == []
    assert [path.name for path in tmp_path.iterdir() if "rejects" in path.name] == []
    with store.read() as tx:
        assert lists.list_all(tx) == []


def test_a_missing_name_is_filled_by_a_later_import_and_never_emptied(import_text: Import, store: Store) -> None:
    import_text("email\na@exemple.fr\n")
    report = import_text("email,prenom\na@exemple.fr,Ana\n")
    assert (report.updated, report.unchanged) == (1, 0)
    import_text("email,prenom\na@exemple.fr,\n")
    assert list_names(store) == [("a@exemple.fr", "Ana", "")]


def test_an_import_does_not_bring_back_people_who_left(import_text: Import, store: Store) -> None:
    import_text("email\na@exemple.fr\nb@exemple.fr\n")
    with store.write() as tx:
        someone, target = subscribers.find_by_email(tx, "a@exemple.fr"), lists.find(tx, "tous")
        assert someone
        assert target
        subscribers.unsubscribe(tx, [someone.id], [target.id], BY_OPERATOR, NOW)
        mac = address_hash.address_mac(KEY, "b@exemple.fr")
        subscribers.suppress(
            tx, "b@exemple.fr", mac=mac, reason=SuppressionReason.COMPLAINT, provenance=BY_OPERATOR, now_ms=NOW
        )
    assert count_audience(store) == 0
    report = import_text("email\na@exemple.fr\nb@exemple.fr\n")
    assert (report.kept_out, report.added, report.updated) == (2, 0, 0)
    assert count_audience(store) == 0


def test_an_unknown_suppressed_address_is_not_stored_by_an_import(import_text: Import, store: Store) -> None:
    with store.write() as tx:
        subscribers.suppress_many(
            tx, {address_hash.address_mac(KEY, "b@exemple.fr"): Suppression(SuppressionReason.ERASED, NOW)}
        )
    report = import_text("email\nB@Exemple.fr\n")
    assert (report.kept_out, list_names(store)) == (1, [])


def test_an_import_into_a_double_opt_in_list_leaves_people_pending(import_text: Import, store: Store) -> None:
    with store.write() as tx:
        lists.get_or_create(tx, "tous", NOW, OptIn.DOUBLE)
    import_text("email\na@exemple.fr\n")
    assert (find_record(store, "a@exemple.fr").lists, count_audience(store)) == ({"tous": Status.PENDING}, 0)


def test_the_consent_journal_records_file_line_and_consent_words(import_text: Import, store: Store) -> None:
    import_text("email\n\na@exemple.fr\n", words="J’accepte de recevoir La Lettre.")
    (entry,) = find_record(store, "a@exemple.fr").journal
    assert (entry.action, entry.list_name, entry.line, entry.at) == ("confirmed", "tous", 3, NOW)
    assert entry.provenance == Provenance(Method.IMPORT, "people.csv", "J’accepte de recevoir La Lettre.")


def test_rejected_rows_can_be_corrected_and_imported_again(import_text: Import, store: Store) -> None:
    report = import_text('email;prenom;ville\nok@exemple.fr;A;Lyon\nfaux;"Zoé; =1+1";=2+2\n')
    (file,) = report.files
    text = file.read_text("utf-8")
    assert file.name == "people.rejects.csv"
    assert text.split("\n")[1].startswith('faux;"Zoé; =1+1";\'=2+2;')
    again = import_text(text.replace("faux;", "juste@exemple.fr;"), "people.rejects.csv")
    assert (again.added, again.refused, again.files) == (1, 0, [])
    assert list_names(store)[0] == ("juste@exemple.fr", "Zoé; =1+1", "")
    assert find_record(store, "juste@exemple.fr").attributes == {"ville": "=2+2"}


def test_an_edited_rejects_file_is_never_overwritten(import_text: Import, tmp_path: Path) -> None:
    bad = "email\nfaux\n"
    (first,) = import_text(bad).files
    assert import_text(bad).files == [first]
    first.write_text("email,rejected_because\nje-corrige\n")
    (second,) = import_text(bad).files
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
    import_text: Import, store: Store, address: str, meant: str
) -> None:
    report = import_text(f"email\n{address}\n")
    assert [row.value for row in report.typos] == ([meant] if meant else [])
    assert list_names(store)[0][0] == address


def test_json_lines_and_json_files_are_imported(import_text: Import, store: Store) -> None:
    people = [
        {"email": "a@exemple.fr", "first_name": "Ana", "tags": ["presse"], "attributes": {"ville": "Lyon"}},
        {"email": "b@exemple.fr", "points": 3, "fidele": True, "rien": None},
    ]
    import_text("\n".join(map(json.dumps, people)) + "\nabîmé\n[]\n", "lignes.jsonl")
    import_text(json.dumps({"meta": {"n": 2}, "people": people}, indent=2), "document.json", list_name="club")
    assert find_record(store, "a@exemple.fr").tags == ("presse",)
    assert find_record(store, "a@exemple.fr").lists == {"tous": Status.CONFIRMED, "club": Status.CONFIRMED}
    assert find_record(store, "b@exemple.fr").attributes == {"points": 3, "fidele": "true"}


def test_a_broken_json_line_is_rejected_and_a_broken_json_document_refused(import_text: Import) -> None:
    report = import_text('{"email": "a@exemple.fr"}\n{"email": \n', "lignes.jsonl")
    assert [(row.line, row.code) for row in report.rejected] == [(2, "row_not_json")]
    assert report.files[0].name == "lignes.rejects.jsonl"
    with pytest.raises(SubscribersError, match=r"json_broken .*line=2"):
        import_text('[{"email": "a@exemple.fr"},\n{"email": }]', "document.json")


def test_a_big_json_document_is_imported(import_text: Import) -> None:
    people = [{"email": f"p{number}@exemple.fr", "note": "x" * 900} for number in range(300)]
    assert import_text(json.dumps(people), "document.json").added == 300


EXPORTS: list[tuple[str, str, dict[str, tuple[str | None, str | None]]]] = [
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


@pytest.mark.parametrize(("name", "text", "expected"), EXPORTS, ids=[name for name, *_ in EXPORTS])
def test_exports_of_other_programs_keep_their_subscription_states(
    import_text: Import, store: Store, name: str, text: str, expected: dict[str, tuple[str | None, str | None]]
) -> None:
    report = import_text(text, name)
    assert report.origins != ["generic"]
    assert report.refused == 0
    for email, (status, reason) in expected.items():
        found = find_record(store, email)
        assert (found.lists.get("tous") if found else None, find_suppression(store, email)) == (status, reason), email
    again = import_text(text, name)
    assert (again.added, again.updated, again.suppressed) == (0, 0, 0)


DOUBTFUL = [
    ("desabonnes.csv", "email,created\na@exemple.fr,1\n", "import_suppression_unclear"),
    ("crm.csv", "email,status\na@exemple.fr,unsubscribed\n", "import_state_unclear"),
    ("crm.csv", "email,Désabonné le\na@exemple.fr,2020-01-01\n", "import_state_unclear"),
    ("crm.csv", "EMAIL;EMAIL BLOCKLISTED\na@exemple.fr;Yes\n", "import_state_unclear"),
]


@pytest.mark.parametrize(("name", "text", "key"), DOUBTFUL)
def test_a_file_that_may_name_departures_is_refused(
    import_text: Import, store: Store, name: str, text: str, key: str
) -> None:
    with pytest.raises(InputError, match=key):
        import_text(text, name)
    assert list_names(store) == []


def test_the_operator_can_resolve_a_doubtful_file(import_text: Import, store: Store) -> None:
    import_text("email,status\na@exemple.fr,vip\n", columns={"status": "rang"})
    import_text("email,status\nb@exemple.fr,vip\n", columns={"status": ""})
    import_text("email,created\nc@exemple.fr,1\n", "x.csv", origin="sendgrid-unsubscribes")
    import_text("email,created\nd@exemple.fr,1790083507\n", "x.csv", origin="generic")
    assert [email[0] for email, *_ in list_names(store)] == ["a", "b", "d"]
    assert find_record(store, "a@exemple.fr").attributes == {"rang": "vip"}
    assert find_suppression(store, "c@exemple.fr")


def test_corrected_rows_of_a_suppression_file_are_suppressed(import_text: Import, store: Store) -> None:
    report = import_text("email,created\nfaux,1\n", "suppression_unsubscribes.csv", list_name="")
    again = report.files[0].read_text("utf-8").replace("faux,1", "a@exemple.fr,1")
    assert import_text(again, report.files[0].name, list_name="").suppressed == 1
    assert list_names(store) == []


def test_the_rejects_file_keeps_every_cell_of_a_rejected_row(import_text: Import, store: Store) -> None:
    report = import_text("name,email,email\nDupont, Jean,jean@x.fr,oups\n=a,faux,\n")
    text = report.files[0].read_text("utf-8")
    assert [row.code for row in report.rejected] == ["row_too_long", "row_not_an_address_without_at"]
    for part in ("Dupont", "Jean", "jean@x.fr", "oups", "'=a"):
        assert part in text
    assert list_names(store) == []


def test_a_line_in_another_encoding_does_not_change_other_lines(import_text: Import, store: Store) -> None:
    import_text("email,prenom\na@x.fr,Zoé\n".encode() + "b@x.fr,René\n".encode("cp1252"))
    assert [first for _, first, _ in list_names(store)] == ["Zoé", "René"]


def test_columns_named_like_filter_fields_become_renamed_attributes(import_text: Import, store: Store) -> None:
    import_text("email,tag,domain,and,created_at\na@x.fr,t,paris,x,9999-12-31 23:59:59\n")
    found = find_record(store, "a@x.fr")
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
    import_text: Import, store: Store, name: str, text: str
) -> None:
    import_text(text, name)
    assert (list_names(store), find_suppression(store, "a@exemple.fr")) == ([], None)


def test_a_bounce_reason_of_several_lines_is_read(import_text: Import, store: Store) -> None:
    import_text('status,reason,email,created\n5,"550 <a@x.fr>: no\nUser unknown",a@x.fr,1\n', "suppression_bounces.csv")
    assert find_suppression(store, "a@x.fr") is SuppressionReason.BOUNCE


def test_an_old_file_does_not_add_the_former_address_of_a_person(import_text: Import, store: Store) -> None:
    from newsletter.subscribers import service

    import_text("email\na@exemple.fr\n")
    context = service.SubscriberContext(store, KEY, NOW)
    service.edit(context, "a@exemple.fr", {"email": "b@exemple.fr"}, {})
    assert (import_text("email\na@exemple.fr\n").kept_out, count_audience(store)) == (1, 1)
    service.edit(context, "b@exemple.fr", {"email": "a@exemple.fr"}, {})
    assert (import_text("email\nb@exemple.fr\n").kept_out, list_names(store)[0][0]) == (1, "a@exemple.fr")


def test_attributes_tags_and_date_of_another_program_are_imported(import_text: Import, store: Store) -> None:
    for name, text, _ in EXPORTS:
        if name == "buttondown.csv":
            import_text(text, name)
    found = find_record(store, "a@exemple.fr")
    assert (found.attributes, found.tags) == ({"ville": "Lyon"}, ("presse",))
    assert found.created_at == 1_577_934_245_000


def test_a_subscriber_who_left_elsewhere_is_unsubscribed(import_text: Import, store: Store) -> None:
    import_text("email\na@exemple.fr\n")
    report = import_text("email,created\nA@exemple.fr,1790083507\n", "suppression_unsubscribes.csv", list_name="")
    assert (report.suppressed, count_audience(store)) == (1, 0)
    assert [entry.action for entry in find_record(store, "a@exemple.fr").journal] == [
        "confirmed",
        "suppressed",
        "unsubscribed",
    ]


def test_every_table_of_an_archive_is_imported(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "audience.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed_export.csv", EXPORTS[0][1])
        archive.writestr("unsubscribed_export.csv", EXPORTS[1][1].replace("a@exemple", "b@exemple"))
        archive.writestr("posts.csv", "post_id,title\n1,Un\n")
        archive.writestr("__MACOSX/._x.csv", "\0\0")
    report = import_file(store, ImportOptions(path, "tous"), CALLBACKS)
    assert (report.origins, report.added, report.suppressed) == (["mailchimp", "mailchimp"], 1, 1)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04\x00\x00", b"\xff" * 5000])
def test_an_archive_without_people_is_refused(import_text: Import, tmp_path: Path, damage: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("posts.csv", b"post_id\n" + damage)
    with pytest.raises(SubscribersError, match="archive_without_tables"):
        import_text((tmp_path / "a.zip").read_bytes(), "b.zip")


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
def test_an_unreadable_file_is_refused_with_a_reason(import_text: Import, content: bytes, key: str) -> None:
    with pytest.raises(SubscribersError, match=key):
        import_text(content)


def test_control_characters_and_empty_rows_are_cleaned(import_text: Import, store: Store) -> None:
    report = import_text('email,prenom\n"a@exemple.fr","Jean\nLuc\x00\x07"\n\n,,,,\nb@exemple.fr\n')
    assert [row.code for row in report.rejected] == []
    assert list_names(store) == [("a@exemple.fr", "Jean Luc", ""), ("b@exemple.fr", "", "")]


def test_odd_json_values_are_cleaned(import_text: Import, store: Store) -> None:
    odd = {"email": "a@exemple.fr", "first_name": "\ud800A\0", "x": {"y": [1, None]}, "big": 10**30, "é": 1, "n": 1e400}
    import_text(json.dumps([odd]), "odd.json")
    assert list_names(store) == [("a@exemple.fr", "A", "")]
    assert find_record(store, "a@exemple.fr").attributes["x"] == '{"y":[1,null]}'


def test_an_import_without_a_list_is_refused(import_text: Import) -> None:
    with pytest.raises(InputError, match="import_list_missing"):
        import_text("email\na@exemple.fr\n", list_name="")


def test_batches_before_a_failure_are_kept(import_text: Import, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that fails in its third batch keeps two batches, and the next run imports the rest."""
    monkeypatch.setattr(importer, "BATCH", 10)
    text = "email\n" + "".join(f"p{number}@exemple.fr\n" for number in range(25))
    with pytest.raises(SubscribersError, match="csv_broken"):
        import_text(text + "x" * 1_100_000 + "\n")
    assert count_audience(store) == 20
    assert import_text(text).added == 5


@pytest.mark.parametrize(
    "column",
    ["Date de désinscription", "désinscrit", "Résilié", "Abonné", "actif", "Opt-in", "Bounce count", "deleted", "subscriber_status",
     "do not mail", "Date de sortie", "hard_bounce", "Consentement"],
)  # fmt: skip
def test_a_column_that_may_name_departures_stops_the_import(import_text: Import, column: str) -> None:
    with pytest.raises(InputError, match="import_state_unclear"):
        import_text(f"email,{column}\na@exemple.fr,1\n")


def test_substack_delivery_tables_are_not_imported(import_text: Import, store: Store, tmp_path: Path) -> None:
    """Substack's archive has a table of deliveries for each post, which also names people who left."""
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr(
            "email_list.lettre.csv", "email,active_subscription,email_disabled\nla@exemple.fr,false,false\n"
        )
        archive.writestr("posts/1.delivers.csv", "post_id,timestamp,email\n1,2024-01-01,partie@exemple.fr\n")
    report = import_text((tmp_path / "made.zip").read_bytes(), "export.zip", words="Oui.")
    assert [email for email, _, _ in list_names(store)] == ["la@exemple.fr"]
    assert report.passed_over == ["posts/1.delivers.csv"]


def test_an_import_does_not_replace_a_name_on_file(import_text: Import, store: Store) -> None:
    import_text("email,prenom,nom,points\na@exemple.fr,Anna,,1\n")
    import_text("email,prenom,nom,points\na@exemple.fr,Ana,Diaz,2\n")
    known = find_record(store, "a@exemple.fr")
    assert (known.first_name, known.last_name, known.attributes) == ("Anna", "Diaz", {"points": 2})


def test_the_sep_line_of_excel_is_skipped(import_text: Import, store: Store) -> None:
    report = import_text("sep=;\r\n\r\nemail;prenom\r\na@exemple.fr;Ana\r\npas une adresse;x\r\n")
    assert list_names(store) == [("a@exemple.fr", "Ana", "")]
    assert [row.line for row in report.rejected] == [5]


def test_the_bounce_columns_of_sendgrid_do_not_become_attributes(import_text: Import, store: Store) -> None:
    import_text("email\na@exemple.fr\n")
    import_text(
        "email,reason,status,created\na@exemple.fr,550 no such user,5.1.1,2024-01-01\n", "suppression_bounces.csv", ""
    )
    assert (find_record(store, "a@exemple.fr").attributes, find_record(store, "a@exemple.fr").suppressed) == (
        {},
        "bounce",
    )


def test_the_lookups_of_an_import_use_indexes(tmp_path: Path) -> None:
    """Without statistics SQLite joined the tables in the wrong order, and importing a file again was quadratic."""
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
    import_text: Import, store: Store, typed: str, local: str
) -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/Montreal")
    import_text(f"email,created_at\na@exemple.fr,{typed}\n", zone=zone)
    created = dt.datetime.fromtimestamp(find_record(store, "a@exemple.fr").created_at / 1000, zone)
    assert created.isoformat()[:16] == local
