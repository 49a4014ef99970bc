from hashlib import sha256

import pytest
from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.gitleaks import Gitleaks

SECRET = "sesame-open-sesame-0001"
DIGEST = sha256(SECRET.encode()).hexdigest()


def test_a_leak_is_a_credential_and_a_risk_at_its_file() -> None:
    items = read(Gitleaks(), sample("gitleaks.1.json"))

    assert ("#file#conf/shop.env", f"#credential#shop-token#{DIGEST}") in edges(items, "HAS_CREDENTIAL")
    assert f"#risk#file#conf/shop.env#exposed-secret:shop-token:{DIGEST[:16]}" in entities(items, "risk")
    assert findings(items) == 4


@pytest.mark.parametrize("name", ["gitleaks.1.json", "gitleaks.2.json"])
def test_the_secret_itself_is_nowhere(name: str) -> None:
    items = read(Gitleaks(), sample(name))

    assert SECRET not in str(items)
    assert "AKIAEXAMPLE" not in str(items)
    assert "user:word" not in str(items)


def test_a_secret_of_certain_form_has_the_type_of_that_form() -> None:
    credentials = entities(read(Gitleaks(), sample("gitleaks.1.json")), "credential")

    assert {credential.type for credential in credentials.values()} == {"shop-token", "aws-access-key"}


def test_a_hidden_secret_has_no_digest() -> None:
    risks = entities(read(Gitleaks(), sample("gitleaks.1.json")), "risk")

    assert "#risk#file#conf/hidden.env#gitleaks:shop-token" in risks


def test_the_form_of_version_seven_is_read() -> None:
    risks = entities(read(Gitleaks(), sample("gitleaks.2.json")), "risk")

    assert list(risks) == [f"#risk#file#git.example.com/shop/key.env#exposed-secret:shop-key:{DIGEST[:16]}"]


def test_a_refusal_does_not_quote_the_secret() -> None:
    items = read(Gitleaks(), b'[{"RuleID": "x", "Secret": "sesame-open-sesame-0001", "File": ""}]')

    assert len(refusals(items)) == 1
    assert SECRET not in str(items)


@pytest.mark.parametrize("data", [b"[]", b"null\n", b"[ ]"])
def test_nothing_found_says_nothing(data: bytes) -> None:
    assert Gitleaks().sniff(data) == 1
    assert read(Gitleaks(), data) == []
