import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.redaction import HIDDEN, redacted

ACME = Organisation("acme")


def entry(text: str, **details: str) -> Entry:
    return Entry(organisation=ACME, actor="user:ann", action="a:b", object=text, details=details)


@pytest.mark.parametrize(
    "text",
    [
        "/api/v1/x/chariot_key.YWNtZQ.0123456789abcdef.c2VjcmV0",
        "/cb/eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "https://ann:hunter2@example.com/",
        "Bearer abcdefghijklmnop",
        "ghp_0123456789abcdefghijABCDEFGHIJ",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    kept = redacted(entry(text)).object

    assert HIDDEN in kept
    assert not any(part in kept for part in ("c2VjcmV0", "c2lnbmF0dXJl", "hunter2", "abcdefgh", "ABCDEFGH"))


def test_a_query_is_left_out_and_a_mail_address_hidden() -> None:
    assert redacted(entry("/api/v1/users/ann%40example.com?token=x")).object == f"/api/v1/users/{HIDDEN}"


def test_facts_whose_name_says_secret_are_hidden() -> None:
    kept = redacted(entry("x", password="hunter2", fields="state")).details

    assert kept == {"fields": "state", "password": HIDDEN}


def test_a_key_of_an_entity_stands_as_it_is() -> None:
    key = "#risk#port#192.0.2.7#tcp#443#CVE-2023-12345"

    assert redacted(entry(key)).object == key


@given(st.text(max_size=700), st.dictionaries(st.text(max_size=60), st.text(max_size=300), max_size=30))
def test_what_is_kept_fits_every_store_and_is_kept_again_as_it_is(text: str, details: dict[str, str]) -> None:
    once = redacted(Entry(organisation=ACME, actor=text, action=text, object=text, details=details))

    assert redacted(once) == once
    for kept in (once.actor, once.object, *once.details.values()):
        assert kept.isprintable()
        assert len(kept.encode()) <= 4 * 500
