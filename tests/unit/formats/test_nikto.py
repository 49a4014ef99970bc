from format_contract import entities, findings, read, refusals, sample

from chariot.formats.nikto import Nikto
from chariot.model.states import Severity

WWW = "#risk#webapplication#https://www.perimeter.test/"


def test_several_paths_of_one_test_are_one_risk() -> None:
    items = read(Nikto(), sample("nikto.1.json"))

    risk = entities(items, "risk")[f"{WWW}#nikto:999100"]
    assert [one.values["url"] for one in risk.evidence] == ["/", "/two"]
    assert risk.severity is Severity.INFO
    assert findings(items) == 3


def test_a_cve_that_a_message_names_is_the_weakness() -> None:
    items = read(Nikto(), sample("nikto.1.json"))

    assert f"{WWW}#CVE-2003-1418" in entities(items, "risk")


def test_xml_tells_the_scheme() -> None:
    items = read(Nikto(), sample("nikto.2.xml"))

    assert list(entities(items, "webapplication")) == ["#webapplication#https://old.perimeter.test:8444/"]
    assert findings(items) == 1


def test_csv_has_messages_for_names() -> None:
    items = read(Nikto(), sample("nikto.3.csv"))

    assert list(entities(items, "risk")) == [
        '#risk#webapplication#http://www.perimeter.test/#nikto:/: The "X-Frame-Options" header is not present.'
    ]
    assert refusals(items) == []


def test_a_row_of_another_form_is_refused() -> None:
    items = read(Nikto(), sample("nikto.3.csv") + b'"a"\n"open\n')

    assert [item.place for item in refusals(items)] == ["line 4", "line 5"]


def test_a_document_type_is_never_fetched() -> None:
    data = sample("nikto.2.xml").replace(b"docs/nikto.dtd", b"file:///etc/hostname")

    assert findings(read(Nikto(), data)) == 1
