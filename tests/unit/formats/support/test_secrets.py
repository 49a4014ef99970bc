from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.findings import Finding
from chariot.formats.support.secrets import certain_secret, credential_type, secret_finding, speaks_of_secrets
from chariot.model.kinds.work import File

FILE = File(path="a.env")


def finding() -> Finding:
    return Finding(place="line 1", target=FILE, weakness="tool:rule")


@given(st.text(alphabet="abcdefghijklmnop0123456789", min_size=20, max_size=40))
def test_a_secret_leaves_only_its_digest(secret: str) -> None:
    found = secret_finding(finding(), FILE, "Some Token", secret, account=f"me {secret}")

    assert found.entities[0].fingerprint == sha256(secret.encode()).hexdigest()
    assert secret not in str(found)


@pytest.mark.parametrize("hidden", ["", "REDACTED", "****", "AKIA****1234", "xxxx", None, 7])
def test_a_hidden_secret_has_no_credential(hidden: object) -> None:
    found = secret_finding(finding(), FILE, "Token", hidden)

    assert (found.weakness, found.entities) == ("tool:rule", ())


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("AKIA" + "A" * 16, "aws-access-key"),
        ("ghp_" + "a" * 36, "github-pat"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAA", "private-key"),
        ("word", "some-token"),
    ],
)
def test_two_tools_give_a_secret_of_certain_form_one_type(secret: str, kind: str) -> None:
    assert credential_type("Some Token", secret) == kind


def test_a_secret_of_certain_form_is_found_in_a_line() -> None:
    assert certain_secret("key = AKIA" + "A" * 16 + ";") == "AKIA" + "A" * 16
    assert certain_secret("key = word") == ""


def test_words_that_speak_of_secrets_are_known() -> None:
    assert speaks_of_secrets("rule", "generic.secrets.x")
    assert not speaks_of_secrets("sql-injection")
