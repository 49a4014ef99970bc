from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support import values
from chariot.model.evidence import HttpExchange, Table
from chariot.model.states import Severity

ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=3)
)


@given(value=ANYTHING, limit=st.integers(1, 50))
def test_text_can_be_stored_and_is_short_enough(value: object, limit: int) -> None:
    written = values.text(value, limit)

    assert len(written) <= limit
    assert "\0" not in written
    written.encode()


@given(value=ANYTHING | st.text(alphabet="a b\t\n\x00\xa0\u202e\ud800"), limit=st.integers(1, 50))
def test_a_line_is_printable(value: object, limit: int) -> None:
    written = values.line(value, limit)

    assert len(written) <= limit
    assert written.isprintable()
    assert written == written.strip()


@given(value=ANYTHING)
def test_numbers_are_read_or_zero(value: object) -> None:
    assert isinstance(values.whole(value), int)
    assert values.number(value) - values.number(value) == 0


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-06-01T12:00:00.123456789+02:00", datetime(2026, 6, 1, 10, 0, 0, 123456, UTC)),
        ("2026-06-01T10:00:00Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01 10:00:00", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        (1_780_000_000, datetime.fromtimestamp(1_780_000_000, UTC)),
        ("99999999999999999999", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        (None, None),
        ("²", None),
    ],
)
def test_an_instant_is_aware_or_none(written: object, instant: datetime | None) -> None:
    assert values.instant(written) == instant


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, None), (0.1, Severity.LOW), (4, Severity.MEDIUM), (7, Severity.HIGH), (9, Severity.CRITICAL)],
)
def test_a_score_has_its_band(score: float, band: Severity | None) -> None:
    assert values.severity_of_score(score) is band


def test_cves_are_found_once_each() -> None:
    assert values.cves("cve-2021-44228, CVE-2021-44228 and CVE-2020-1", None) == ["CVE-2021-44228"]


@given(facts=st.dictionaries(st.text(max_size=20), ANYTHING, max_size=5))
def test_any_facts_are_evidence(facts: dict[str, object]) -> None:
    assert set(map(type, values.key_values("Facts", facts).values.values())) <= {str}


def test_what_is_too_long_is_cut_and_says_so() -> None:
    long = values.key_values("Facts", {"a": "\x01" * 100_000, "b": "x"})

    assert long.cut
    assert len(long.values["a"]) < 100_000
    assert values.table("Rows", ("a",), (("x",) for _ in range(10_000))).cut
    assert not values.key_values("Facts", {"a": "x"}).cut


@given(request=st.text(max_size=200), response=st.text(max_size=200))
def test_any_exchange_is_evidence(request: str, response: str) -> None:
    assert values.exchange("HTTP", "https://a.test/", request, response).url == "https://a.test/"


def test_a_value_whose_name_is_a_credential_header_is_left_out() -> None:
    found = values.key_values("Headers", {"Authorization": "Bearer abc", "server": "nginx"})

    assert found.values == {"Authorization": "Bearer (redacted)", "server": "nginx"}


_WRITTEN = st.text(max_size=30) | st.sampled_from(
    ["GET /?token=a HTTP/1.1\r\nCookie: a=b\r\n\r\nx", "HTTP/1.1 200 OK\n\n", "\0"]
)


@given(_WRITTEN, _WRITTEN, _WRITTEN, _WRITTEN)
def test_an_exchange_is_one_that_evidence_takes(title: str, url: str, request: str, response: str) -> None:
    made = values.exchange(title, url, request, response)

    assert msgspec.json.decode(msgspec.json.encode(made), type=HttpExchange) == made


@given(
    _WRITTEN,
    st.lists(_WRITTEN, max_size=22),
    st.lists(st.lists(_WRITTEN | st.integers() | st.none(), max_size=4)),
)
def test_a_table_is_one_that_evidence_takes(title: str, columns: list[str], rows: list[list[object]]) -> None:
    shown = tuple(one.encode("utf-8", "replace").decode().replace("\0", "") for one in columns)
    made = values.table(title, shown, rows)

    assert msgspec.json.decode(msgspec.json.encode(made), type=Table) == made
