import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.redaction import names_secret, redacted, redacted_header


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("GET /?token=abc123&page=2 HTTP/1.1", "GET /?token=(redacted)&page=2 HTTP/1.1"),
        ("https://a.test/x?access_token=abc#top", "https://a.test/x?access_token=(redacted)#top"),
        ("user=ada&password=hunter2&go=1", "user=ada&password=(redacted)&go=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer (redacted)"),
        ("Authorization: Basic dXNlcjpwYXNz\nHost: a.test", "Authorization: Basic (redacted)\nHost: a.test"),
        ("curl -H 'Cookie: sid=1; theme=2' https://a.test", "curl -H 'Cookie: sid=(redacted); theme=(redacted)' https://a.test"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=(redacted); Path=/; HttpOnly"),
        ("X-Api-Key: 123", "X-Api-Key: (redacted)"),
        ('{"password": "hunter2", "user": "ada"}', '{"password": "(redacted)", "user": "ada"}'),
        ("db_password = 'hunter2'", "db_password = '(redacted)'"),
        ("https://ada:hunter2@a.test/", "https://ada:(redacted)@a.test/"),
        ("key AKIAABCDEFGHIJKLMNOP there", "key (redacted) there"),
        ("ghp_" + "a" * 36, "(redacted)"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "(redacted)"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "(redacted)"),
    ],
)  # fmt: skip
def test_the_secret_goes_and_its_name_stays(written: str, kept: str) -> None:
    assert redacted(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "The session cookie has no HttpOnly flag.",
        "A password can be guessed: require longer ones.",
        "Tokens are not checked",
        "write to ada@example.com",
        "https://a.test/?page=2&sort=name",
        "CVE-2023-12345",
    ],
)
def test_what_only_speaks_of_secrets_stays(written: str) -> None:
    assert redacted(written) == written


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", "Bearer abc", "Bearer (redacted)"),
        ("authorization", "abc", "(redacted)"),
        ("Cookie", "sid=abc; b=c", "sid=(redacted); b=(redacted)"),
        ("Set-Cookie", "sid=abc; Secure; SameSite=Lax", "sid=(redacted); Secure; SameSite=Lax"),
        ("X-Api-Key", "abc def", "(redacted)"),
        ("Server", "nginx", "nginx"),
        ("Location", "/login?code=1&token=abc", "/login?code=1&token=(redacted)"),
    ],
)
def test_a_header_keeps_what_is_no_secret(name: str, value: str, kept: str) -> None:
    assert redacted_header(name, value) == kept


@given(st.text(max_size=300))
def test_twice_is_once(written: str) -> None:
    once = redacted(written)

    assert redacted(once) == once


@pytest.mark.parametrize(
    ("name", "secret"), [("Set-Cookie", True), (" authorization", True), ("server", False), ("", False)]
)
def test_headers_that_hold_secrets_are_known_by_name(name: str, *, secret: bool) -> None:
    assert names_secret(name) is secret


def test_a_text_that_is_too_long_to_be_remembered_is_redacted_too() -> None:
    long = "x" * 10_000

    assert redacted(f"{long} password=hunter2") == f"{long} password=(redacted)"
