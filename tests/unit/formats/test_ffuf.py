import pytest
from format_contract import entities, findings, read, refusals, sample

from chariot.errors import InvalidError
from chariot.formats.ffuf import Ffuf

WWW = "#webapplication#https://www.perimeter.test/"


@pytest.mark.parametrize("name", ["ffuf.1.json", "ffuf.2.jsonl"])
def test_a_path_is_a_fact_of_its_application(name: str) -> None:
    items = read(Ffuf(), sample(name))

    assert f"#attribute{WWW}#path#/admin" in entities(items, "attribute")
    assert entities(items, "risk") == {}


def test_a_virtual_host_is_an_application_of_its_own() -> None:
    items = read(Ffuf(), sample("ffuf.1.json"))

    assert "#webapplication#https://dev.perimeter.test/" in entities(items, "webapplication")
    assert findings(items) == 2


def test_a_result_without_an_address_is_refused() -> None:
    items = read(Ffuf(), b'{"commandline":"x","results":[{"url":"nothing"}]}')

    assert [item.place for item in refusals(items)] == ["line 1"]


def test_a_truncated_file_is_an_error() -> None:
    with pytest.raises(InvalidError, match="line 2"):
        read(Ffuf(), sample("ffuf.1.json")[:200])
