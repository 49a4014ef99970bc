import asyncio

import pytest

from chariot.lab.world import Ports


async def _say(address: str, port: int, words: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(words)
    answer = await reader.read()
    writer.close()
    return answer.splitlines()


@pytest.fixture
def ports(lab, port_offset) -> Ports:
    return Ports.shifted(port_offset)


@pytest.mark.parametrize(
    ("address", "role", "greeting"),
    [
        ("127.77.0.10", "ftp", b"220 (vsFTPd 2.3.4)"),
        ("127.77.0.11", "ftp", b"220 ProFTPD 1.3.5 Server (Perimeter) [127.77.0.11]"),
        ("127.77.0.2", "smtp", b"220 mail.perimeter.test ESMTP Exim 4.89"),
        ("127.77.0.13", "ssh", b"SSH-2.0-OpenSSH_9.3p1"),
        ("127.77.0.14", "ssh", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7"),
    ],
)
async def test_a_service_greets_with_its_version(ports, address, role, greeting):
    lines = await _say(address, ports.of(role), b"QUIT\r\n")

    assert lines[0] == greeting


async def test_ftp_asks_for_a_password_refuses_it_and_says_goodbye(ports):
    lines = await _say("127.77.0.10", ports.ftp, b"user a\r\nPASS b\r\nLIST\r\nQUIT\r\n")

    assert [line[:3] for line in lines] == [b"220", b"331", b"530", b"530", b"221"]


async def test_smtp_takes_no_mail(ports):
    lines = await _say("127.77.0.2", ports.smtp, b"EHLO a\r\nMAIL FROM:<a@b>\r\n\r\nQUIT\r\n")

    assert [line[:3] for line in lines] == [b"220", b"250", b"250", b"250", b"550", b"500", b"221"]


async def test_a_talkative_client_is_let_go(ports):
    lines = await _say("127.77.0.10", ports.ftp, b"NOOP\r\n" * 20)

    assert len(lines) == 21


async def test_an_endless_line_ends_the_connection(ports):
    reader, writer = await asyncio.open_connection("127.77.0.10", ports.ftp)
    await reader.readline()
    writer.write(b"A" * 2000 + b"\r\n")

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    writer.close()
