import pytest
from format_contract import entities, findings, read, refusals, sample
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.nuclei import Nuclei
from chariot.model.states import Severity

WWW = "#webapplication#https://www.perimeter.test/"


def test_a_cve_is_one_risk_at_the_application_with_its_exchange() -> None:
    items = read(Nuclei(), sample("nuclei.1.jsonl"))

    risk = entities(items, "risk")[f"#risk{WWW}#CVE-2021-44228"]
    assert risk.severity is Severity.CRITICAL
    assert risk.remediation == "Update Log4j."
    assert [one.title for one in risk.evidence] == ["Nuclei template", "Nuclei", "Nuclei"]
    assert risk.evidence[2].status == 200


@pytest.mark.parametrize(
    ("target", "weakness"),
    [
        ("#port#192.0.2.22#tcp#22", "nuclei:weak-ssh"),
        (WWW, "nuclei:tech-detect:nginx"),
        ("#domain#_dmarc.perimeter.test", "nuclei:dmarc-detect"),
    ],
)
def test_a_finding_stands_at_the_most_specific_that_is_known(target: str, weakness: str) -> None:
    items = read(Nuclei(), sample("nuclei.1.jsonl"))

    assert f"#risk{target}#{weakness}" in entities(items, "risk")


def test_a_template_that_did_not_match_says_nothing() -> None:
    items = read(Nuclei(), sample("nuclei.1.jsonl"))

    assert findings(items) == 4
    assert not any("not-there" in key for key in entities(items, "risk"))


def test_an_array_is_read_like_lines() -> None:
    items = read(Nuclei(), sample("nuclei.2.json"))

    assert list(entities(items, "risk")) == [
        "#risk#webapplication#http://192.0.2.9:8080/#nuclei:exposed-panel"
    ]


def test_a_finding_that_moved_to_another_path_keeps_its_key() -> None:
    data = sample("nuclei.2.json")

    before = entities(read(Nuclei(), data), "risk")
    after = entities(read(Nuclei(), data.replace(b"8080/panel", b"8080/new/panel?x=2")), "risk")

    assert list(before) == list(after)


def test_a_long_description_is_cut_and_says_so() -> None:
    data = sample("nuclei.2.json").replace(b'"name":', b'"description": "' + b"x" * 200_000 + b'", "name":')

    risk = next(iter(entities(read(Nuclei(), data), "risk").values()))

    assert risk.evidence[0].cut


def test_a_result_without_a_host_is_refused() -> None:
    items = read(Nuclei(), b'{"template-id":"x","info":{"severity":"low"},"host":"","matched-at":""}')

    assert [item.place for item in refusals(items)] == ["line 1"]


@pytest.mark.parametrize("word", ["unknown", "", "none"])
def test_without_a_severity_the_score_tells_it(word: str) -> None:
    items = read(
        Nuclei(),
        b'{"template-id":"x","host":"http://a.perimeter.test","matched-at":"http://a.perimeter.test",'
        b'"info":{"severity":"%s","classification":{"cvss-score":7.5}}}' % word.encode(),
    )

    assert next(iter(entities(items, "risk").values())).severity is Severity.HIGH


@given(host=st.text(max_size=60), matched=st.text(max_size=60))
def test_any_host_is_taken_or_refused(host: str, matched: str) -> None:
    import msgspec

    line = msgspec.json.encode({"template-id": "x", "info": {}, "host": host, "matched-at": matched})

    assert len(read(Nuclei(), line)) == 1
