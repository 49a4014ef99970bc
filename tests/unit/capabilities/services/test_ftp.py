import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import ftp
from chariot.testing.network import Conversation

from .talk import by_pattern, door, fact, weaknesses

FEATURES = (b"FEAT", b"211-Features:\r\n AUTH TLS\r\n PASV\r\n211 End\r\n")
GREETING = b"220 (vsFTPd 3.0.5)\r\n"


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        (b"331 Please specify the password.\r\n", b"230 Login successful.\r\n", ["ftp-anonymous-login"]),
        (b"230 No password needed.\r\n", b"", ["ftp-anonymous-login"]),
        (b"331 Please specify the password.\r\n", b"530 Login incorrect.\r\n", []),
        (b"530 This FTP server is for members.\r\n", b"", []),
    ],
)
async def test_anonymous_access_is_a_flaw_where_it_is_allowed(user, password, expected):
    seen = await ftp.ask(door(21, GREETING, by_pattern(FEATURES, (b"USER", user), (b"PASS", password))))

    assert weaknesses(seen) == expected
    assert fact(seen, "ftp-features") == "AUTH TLS, PASV"


async def test_tls_is_offered_and_shaken():
    replies = by_pattern(FEATURES, (b"USER", b"530 no\r\n"), (b"AUTH TLS", b"234 go on\r\n"))

    seen = await ftp.ask(door(21, GREETING, replies, Conversation()))

    assert fact(seen, "encryption") == "offered"


async def test_a_mail_server_that_greets_alike_is_not_taken_for_ftp():
    replies = by_pattern((b"FEAT|USER", b"502 5.5.2 command not recognized\r\n"))

    assert await ftp.ask(door(2525, b"220 mx1.example.com ready\r\n", replies)) is None


@given(st.binary(max_size=300), st.binary(max_size=300))
async def test_any_answer_is_read(greeting, answer):
    await ftp.ask(door(21, b"220 " + greeting, lambda _: answer))
