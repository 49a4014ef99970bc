import pytest

from chariot.entrypoints.cli import views
from chariot.errors import InvalidError
from chariot.model.evidence import Banner, KeyValues, Table
from chariot.model.kinds.work import AlertRule
from chariot.model.states import Severity


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("#domain#example.com", "#domain#example.com"),
        ("domain#example.com", "#domain#example.com"),
        ("Example.COM", "#domain#example.com"),
        ("192.0.2.7", "#address#192.0.2.7"),
        ("192.0.2.0/28", "#netblock#192.0.2.0/28"),
        ("cve-2021-41773", "#vulnerability#CVE-2021-41773"),
        ("https://example.com", "#webapplication#https://example.com/"),
        ("https://example.com:8443/", "#webapplication#https://example.com:8443/"),
    ],
)
def test_people_need_not_type_whole_keys(typed: str, key: str) -> None:
    assert key in views.candidates(typed)


@pytest.mark.parametrize("typed", ["", "  ", "a\x1bb", "not a key", "?"])
def test_what_can_be_no_key_is_refused(typed: str) -> None:
    with pytest.raises(InvalidError):
        views.candidates(typed)


def test_secrets_are_never_among_the_facts() -> None:
    facts = views.facts(AlertRule(label="urgent", channel="https://hooks.example.com/token"))

    assert facts["channel"] == views.HIDDEN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        ((), "-"),
        (0, "0"),
        (True, "yes"),
        (Severity.HIGH, "high"),
        (("a", "b"), "a, b"),
        (tuple(range(12)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (2 more)"),
    ],
)
def test_values_read_like_words(value: object, text: str) -> None:
    assert views.value_text(value) == text


def test_evidence_says_its_form_and_when_it_was_cut() -> None:
    lines = views.evidence_lines(Banner(title="Greeting", text="one\ntwo", cut=True))

    assert lines[0] == "[banner] Greeting"
    assert any("cut" in line for line in lines)
    assert "  text: one" in lines


@pytest.mark.parametrize(
    "evidence",
    [KeyValues(values={"header": "nginx"}), Table(columns=("a",), rows=(("nginx",),))],
    ids=["key-values", "table"],
)
def test_every_form_of_evidence_shows_its_values(evidence: KeyValues | Table) -> None:
    assert "nginx" in "\n".join(views.evidence_lines(evidence))


def test_several_kinds_share_the_common_columns() -> None:
    assert views.columns_of(("domain", "port"))[:2] == ("kind", "key")
