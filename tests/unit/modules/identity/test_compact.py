from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.identity.compact import issuer_named, unproven
from chariot.modules.identity.proof import UnprovenError


def part(text):
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def token(header, claims):
    return f"{part(header)}.{part(claims)}.x"


def test_a_token_says_who_made_it():
    assert issuer_named(token("{}", '{"iss": "https://id.test"}')) == "https://id.test"


@pytest.mark.parametrize("claims", ["{}", '{"iss": 7}', '{"iss": ["https://id.test"]}'])
def test_an_issuer_that_is_no_text_is_none(claims):
    assert issuer_named(token("{}", claims)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b",
        "..",
        "a.b.c",
        token("[]", "{}"),
        token("{}", "7"),
        token('{"a":' * 900, "{}"),
        "x" * 9_000,
    ],
)
def test_what_is_no_token_is_told_so(text):
    with pytest.raises(UnprovenError):
        unproven(text)


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_failure(text):
    with suppress(UnprovenError):
        unproven(text)
