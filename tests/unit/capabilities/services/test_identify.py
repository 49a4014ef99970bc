import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services.catalogue import PROBES, by_greeting, elsewhere, usual_at
from chariot.capabilities.services.contract import Door, say
from chariot.capabilities.services.identify import identify, speaks_http
from chariot.testing.network import Conversation, FakeNetwork

from .talk import HOST, by_pattern, door

REDIS = {b"INFO server\r\n": b"$31\r\n# Server\r\nredis_version:7.0.15\r\n\r\n"}


@pytest.mark.parametrize(
    ("said", "services"),
    [
        (b"SSH-2.0-OpenSSH_9.3p1\r\n", ["ssh"]),
        (b"220 (vsFTPd 3.0.5)\r\n", ["ftp"]),
        (b"220 mx.example.com ESMTP Postfix\r\n", ["smtp"]),
        (b"220 mx1.example.com ready\r\n", ["ftp", "smtp"]),
        (b"+OK ready\r\n", ["pop3"]),
        (b"* OK ready\r\n", ["imap"]),
        (b"J\x00\x00\x00\n5.7.33-log\x00", ["mysql"]),
        (b"RFB 003.008\n", ["vnc"]),
        (b"\xff\xfd\x18", ["telnet"]),
        (b"@RSYNCD: 31.0\n", ["rsync"]),
        (b"who knows", []),
    ],
)
def test_a_greeting_leaves_few_protocols(said, services):
    assert [probe.service for probe in by_greeting(said)] == services


def test_usual_ports_come_before_all_others():
    assert [probe.service for probe in usual_at(6379)] == ["redis"]
    assert [probe.service for probe in usual_at(993, secure=True)] == ["imap"]
    assert "redis" not in {probe.service for probe in elsewhere(6379)}


@pytest.mark.parametrize("port", [6379, 12345])
async def test_a_silent_service_is_found_at_any_port(port):
    assert (await identify(door(port, b"", REDIS))).service == "redis"


async def test_http_is_left_to_those_who_read_pages():
    replies = by_pattern((b"HTTP/1.0", b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"))

    assert await identify(door(12345, b"", replies)) is None


async def test_what_was_http_is_asked_whether_it_still_is():
    replies = by_pattern((b"HTTP/1.0", b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"))
    http, other = door(12345, b"", replies), door(12345, b"", {})

    told = [await speaks_http(http, "http"), await speaks_http(other, "http"), await speaks_http(http, "")]

    assert told == [True, False, False]


async def test_a_service_inside_tls_is_found():
    inside = Conversation(
        b"* OK ready\r\n", by_pattern((b"CAPABILITY", b"* CAPABILITY IMAP4rev1\r\na1 OK x\r\n"))
    )

    seen = await identify(door(10993, b"", {}, inside))

    assert seen.service == "imaps"


@pytest.mark.parametrize("port", [6379, 6380, 12345])
async def test_a_silent_service_inside_tls_is_found_at_any_port(port):
    seen = await identify(door(port, b"", {}, Conversation(b"", REDIS)))

    assert seen.service == "redis"


async def test_http_inside_tls_is_left_to_those_who_read_pages():
    inside = Conversation(b"", by_pattern((b"HTTP/1.0", b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")))

    assert await identify(door(12345, b"", {}, inside)) is None


@pytest.mark.parametrize("port", [445, 5005, 5672, 12345])
async def test_who_echoes_whatever_is_said_speaks_nothing(port):
    def echo(question):
        return question

    assert await identify(door(port, b"", echo)) is None
    assert await identify(door(port, b"", {}, Conversation(b"", echo))) is None


async def test_a_silent_unknown_service_gets_a_bounded_number_of_questions():
    network = FakeNetwork(banners={(HOST, 12345): b""})

    assert await identify(Door(network, HOST, 12345)) is None
    assert len([entry for entry in network.sent if entry[0] == "connect"]) <= 2 * len(PROBES)


async def test_a_greeting_without_an_end_is_no_service():
    assert (
        await identify(door(21, b"220 ftp " + b"A" * 1_000_000, by_pattern((b"USER", b"530 no\r\n")))) is None
    )


async def test_an_answer_has_a_limit_in_size():
    async with door(1, b"A" * 1_000).open() as stream:
        assert len(await say(stream, b"", done=lambda _: False, limit=100)) == 100


@given(st.binary(max_size=100), st.binary(max_size=100))
async def test_any_service_is_looked_at(greeting, answer):
    await identify(door(12345, greeting, lambda _: answer, Conversation(answer, lambda _: greeting)))
