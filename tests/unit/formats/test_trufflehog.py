from hashlib import sha256

import pytest
from format_contract import entities, findings, read, refusals, sample

from chariot.formats.trufflehog import Trufflehog
from chariot.model.states import Severity

SECRET = "sesame-open-sesame-0001"
FILE = "#file#git.example.com/shop/conf/shop.env"


def test_a_verified_secret_is_a_valid_credential_and_critical() -> None:
    items = read(Trufflehog(), sample("trufflehog.1.jsonl"))
    digest = sha256(SECRET.encode()).hexdigest()

    assert entities(items, "credential")[f"#credential#shop#{digest}"].valid is True
    assert (
        entities(items, "risk")[f"#risk{FILE}#exposed-secret:shop:{digest[:16]}"].severity
        is Severity.CRITICAL
    )
    assert findings(items) == 2


def test_a_secret_in_base64_has_the_digest_of_its_plain_form() -> None:
    digest = sha256(b"AKIAEXAMPLEEXAMPLE12").hexdigest()

    credentials = entities(read(Trufflehog(), sample("trufflehog.1.jsonl")), "credential")

    assert f"#credential#aws-access-key#{digest}" in credentials


@pytest.mark.parametrize("name", ["trufflehog.1.jsonl", "trufflehog.2.jsonl"])
def test_the_secret_itself_is_nowhere(name: str) -> None:
    items = read(Trufflehog(), sample(name))

    assert SECRET not in str(items)
    assert "AKIAEXAMPLE" not in str(items)


def test_log_lines_between_the_results_are_passed_over() -> None:
    assert refusals(read(Trufflehog(), sample("trufflehog.1.jsonl"))) == []


def test_entropy_alone_is_low() -> None:
    (risk,) = entities(read(Trufflehog(), sample("trufflehog.2.jsonl")), "risk").values()

    assert (risk.severity, risk.confidence) == (Severity.LOW, 30)


@pytest.mark.parametrize(("lines", "sure"), [(0, 95), (3, 95), (40, 0)])
def test_it_is_known_behind_the_first_words_of_its_log(lines: int, sure: int) -> None:
    log = b'{"level":"info-0","ts":"2026-01-01T10:00:00Z","logger":"trufflehog","msg":"running source"}\n'

    assert Trufflehog().sniff(log * lines + sample("trufflehog.1.jsonl").splitlines()[0]) == sure


def test_a_file_in_an_image_stands_below_the_image() -> None:
    items = read(
        Trufflehog(),
        b'{"SourceMetadata":{"Data":{"Docker":{"image":"registry.test/shop:1","layer":"x","file":"/etc/key"}}},'
        b'"DetectorName":"PrivateKey","Verified":false,"Raw":"one"}',
    )

    assert list(entities(items, "file")) == ["#file#registry.test/shop:1/etc/key"]
