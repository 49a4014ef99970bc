import hashlib
import struct
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import ssh

from .talk import door, fact, weaknesses

NAME = b"SSH-2.0-OpenSSH_9.3p1\r\n"
KEY = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
MODERN = ("curve25519-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256")


def packet(payload: bytes) -> bytes:
    return struct.pack(">IB", len(payload) + 5, 4) + payload + bytes(4)


def offer(kex: str, keys: str, ciphers: str, macs: str) -> bytes:
    lists = (kex, keys, ciphers, ciphers, macs, macs, "none", "none", "", "")
    body = b"".join(struct.pack(">I", len(text)) + text.encode() for text in lists)
    return packet(bytes([20]) + bytes(16) + body + bytes(5))


def server(*lists: str):
    def answer(question: bytes) -> bytes:
        if question.startswith(b"SSH-2.0-"):
            return offer(*lists)
        if question[5:6] == b"\x1e":
            return packet(b"\x1f" + struct.pack(">I", len(KEY)) + KEY)
        return b""

    return answer


async def test_algorithms_and_host_key_are_read():
    seen = await ssh.ask(door(22, NAME, server(*MODERN)))

    assert (seen.service, seen.text) == ("ssh", "SSH-2.0-OpenSSH_9.3p1")
    assert fact(seen, "ssh-ciphers") == "aes128-ctr"
    digest = b64encode(hashlib.sha256(KEY).digest()).decode().rstrip("=")
    assert fact(seen, "ssh-host-key") == f"ssh-ed25519 SHA256:{digest}"
    assert weaknesses(seen) == []


@pytest.mark.parametrize(
    ("change", "weakness"),
    [
        ((0, MODERN[0] + ",diffie-hellman-group1-sha1"), "ssh-weak-algorithms"),
        ((1, "ssh-dss"), "ssh-weak-algorithms"),
        ((2, "arcfour"), "ssh-weak-algorithms"),
        ((3, "hmac-md5"), "ssh-weak-algorithms"),
    ],
)
async def test_a_broken_algorithm_is_a_flaw(change, weakness):
    lists = list(MODERN)
    lists[change[0]] = change[1]

    seen = await ssh.ask(door(22, NAME, server(*lists)))

    assert weaknesses(seen) == [weakness]
    assert change[1].rpartition(",")[2] in seen.flaws[0].proof


@pytest.mark.parametrize(
    ("kex", "ciphers", "macs", "expected"),
    [
        ("curve25519-sha256", "chacha20-poly1305@openssh.com", "hmac-sha2-256", ["CVE-2023-48795"]),
        ("curve25519-sha256", "aes128-cbc", "hmac-sha2-256-etm@openssh.com", ["CVE-2023-48795"]),
        ("curve25519-sha256", "aes128-ctr", "hmac-sha2-256-etm@openssh.com", []),
        ("kex-strict-s-v00@openssh.com", "chacha20-poly1305@openssh.com", "hmac-sha2-256", []),
    ],
)
async def test_terrapin_works_only_without_strict_key_exchange(kex, ciphers, macs, expected):
    seen = await ssh.ask(door(22, NAME, server(kex, "ssh-ed25519", ciphers, macs)))

    assert weaknesses(seen) == expected


async def test_a_server_that_only_names_itself_is_still_known():
    seen = await ssh.ask(door(22, NAME))

    assert (seen.service, seen.facts) == ("ssh", ())


async def test_what_is_no_ssh_is_not_taken_for_it():
    assert await ssh.ask(door(22, b"220 ftp\r\n")) is None


@given(st.binary(max_size=200), st.binary(max_size=200))
async def test_any_answer_is_read(offered, reply):
    async def ask(answer):
        return await ssh.ask(door(22, NAME, lambda _: answer))

    assert (await ask(packet(b"\x14" + bytes(16) + offered))).service == "ssh"
    assert (await ask(reply)).service == "ssh"
