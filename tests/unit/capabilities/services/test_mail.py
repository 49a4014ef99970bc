import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import mail
from chariot.testing.network import Conversation

from .talk import by_pattern, door, fact, weaknesses

EHLO = b"250-mx.example.com\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250 HELP\r\n"


async def test_smtp_tells_its_extensions_and_begins_tls():
    replies = by_pattern((b"EHLO", EHLO), (b"STARTTLS", b"220 go on\r\n"))
    entrance = door(25, b"220 mx.example.com ESMTP Postfix\r\n", replies, Conversation())

    seen = await mail.ask_smtp(entrance)

    assert (seen.service, fact(seen, "encryption")) == ("smtp", "offered")
    assert fact(seen, "smtp-extensions") == "HELP, SIZE 1000, STARTTLS"
    assert weaknesses(seen) == []


async def test_smtp_that_takes_passwords_in_clear_has_a_flaw():
    seen = await mail.ask_smtp(
        door(25, b"220 mx ESMTP\r\n", by_pattern((b"EHLO", b"250-mx\r\n250 AUTH PLAIN LOGIN\r\n")))
    )

    assert weaknesses(seen) == ["smtp-clear-text-login"]


async def test_the_service_has_its_own_name_inside_tls():
    inside = Conversation(b"220 mx ESMTP\r\n", by_pattern((b"EHLO", b"250-mx\r\n250 AUTH PLAIN\r\n")))

    seen = await mail.ask_smtp(door(465, b"", {}, inside).secured())

    assert (seen.service, fact(seen, "encryption"), weaknesses(seen)) == ("submissions", "required", [])


async def test_imap_tells_capabilities_and_who_it_is():
    replies = by_pattern(
        (b"CAPABILITY", b"* CAPABILITY IMAP4rev1 ID STARTTLS LOGINDISABLED\r\na1 OK done\r\n"),
        (b"ID NIL", b'* ID ("name" "Dovecot")\r\na2 OK done\r\n'),
        (b"STARTTLS", b"a3 OK go on\r\n"),
    )

    seen = await mail.ask_imap(door(143, b"* OK Dovecot ready.\r\n", replies, Conversation()))

    assert fact(seen, "imap-id") == '("name" "Dovecot")'
    assert (fact(seen, "encryption"), weaknesses(seen)) == ("offered", [])


async def test_imap_that_takes_passwords_in_clear_has_a_flaw():
    replies = by_pattern((b"CAPABILITY", b"* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"))

    seen = await mail.ask_imap(door(143, b"* OK ready\r\n", replies))

    assert weaknesses(seen) == ["imap-clear-text-login"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b"STLS\r\nSASL\r\n", []),
        (b"USER\r\n", ["pop3-clear-text-login"]),
        (b"SASL PLAIN\r\n", ["pop3-clear-text-login"]),
    ],
)
async def test_pop3_tells_how_one_may_log_in(words, expected):
    replies = by_pattern((b"CAPA", b"+OK list\r\n" + words + b".\r\n"), (b"STLS", b"-ERR no\r\n"))

    assert weaknesses(await mail.ask_pop3(door(110, b"+OK ready\r\n", replies))) == expected


@pytest.mark.parametrize("ask", [mail.ask_smtp, mail.ask_imap, mail.ask_pop3])
async def test_another_protocol_is_not_taken_for_mail(ask):
    assert await ask(door(25, b"SSH-2.0-x\r\n")) is None


@given(
    st.sampled_from([(mail.ask_smtp, b"220 SMTP "), (mail.ask_imap, b"* OK "), (mail.ask_pop3, b"+OK ")]),
    st.binary(max_size=300),
)
async def test_any_answer_is_read(probe, answer):
    ask, greeting = probe
    await ask(door(25, greeting + answer, lambda _: answer))
