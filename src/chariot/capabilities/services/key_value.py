"""Redis, memcached and ZooKeeper: version, and whether they answer without a password."""

import re

from chariot.capabilities.services.contract import Door, Probe, Seen, say, text_of
from chariot.capabilities.support.findings import Flaw, Product
from chariot.model.states import Severity

_BULK = re.compile(rb"\$(\d{1,6})\r\n")
_VALKEY = re.compile(r"valkey_version:(\d{1,3}(?:\.\d{1,3}){1,3})")
_STAT = re.compile(r"STAT version (\S{1,40})")
_MODE = re.compile(r"(?:redis_mode|Mode): ?([a-z-]{1,20})")


async def ask_redis(door: Door) -> Seen | None:
    """Ask for what the server tells of itself; no key is read."""
    answer = text_of(await door.ask(b"INFO server\r\n", done=_is_whole_bulk, limit=16_384))
    if answer.startswith(("-NOAUTH", "-NOPERM", "-DENIED", "-ERR operation not permitted")):
        # The words after the first differ between makers and say nothing more.
        return Seen(service="redis", facts=(("authentication", "required"),))
    if "redis_version:" not in answer:
        return None
    valkey = _VALKEY.search(answer)
    mode = _MODE.search(answer)
    return Seen(
        service="redis",
        # Valkey tells an old version of Redis as well, for clients that look at it.
        text="" if valkey else answer,
        products=(Product(cpe="a:lfprojects:valkey", name="Valkey", version=valkey[1]),) if valkey else (),
        facts=(("authentication", "none"), ("redis-mode", mode[1] if mode else "")),
        flaws=(_open("redis", "Redis", "INFO answers with the server's facts", Severity.CRITICAL),),
    )


def _is_whole_bulk(data: bytes) -> bool:
    match = _BULK.match(data)
    return len(data) >= match.end() + int(match[1]) if match else data.endswith(b"\r\n")


async def ask_memcached(door: Door) -> Seen | None:
    """Ask for the version, then for the counters, which SASL would refuse; no item is read."""
    async with door.open() as stream:
        answer = text_of(await say(stream, b"version\r\n", limit=256))
        if not answer.startswith("VERSION "):
            return None
        counters = text_of(
            await say(stream, b"stats\r\n", done=lambda data: data.endswith(b"END\r\n"), limit=16_384)
        )
    is_open = _STAT.search(counters) is not None
    return Seen(
        service="memcached",
        text=answer,
        facts=(("authentication", "none" if is_open else "required"),),
        flaws=(_open("memcached", "memcached", "stats are told", Severity.HIGH),) if is_open else (),
    )


async def ask_zookeeper(door: Door) -> Seen | None:
    """Ask by one of the four-letter words that tell no data."""
    answer = text_of(await door.ask(b"srvr", done=lambda data: b"Node count" in data, limit=4_096))
    if answer.startswith("srvr is not executed"):
        return Seen(service="zookeeper")
    if not answer.startswith("Zookeeper version: "):
        return None
    mode = _MODE.search(answer)
    return Seen(
        service="zookeeper",
        text=answer,
        facts=(("zookeeper-mode", mode[1] if mode else ""),),
    )


def _open(service: str, name: str, proof: str, severity: Severity) -> Flaw:
    return Flaw(
        weakness=f"{service}-without-password",
        title=f"{name} answers without a password",
        severity=severity,
        cwe="CWE-306",
        proof=proof,
        remediation="Bind it to an inner address, set a password or access list, and require TLS.",
    )


REDIS = Probe(service="redis", ask=ask_redis, ports=(6379, 6380, 16379))
MEMCACHED = Probe(service="memcached", ask=ask_memcached, ports=(11211,))
ZOOKEEPER = Probe(service="zookeeper", ask=ask_zookeeper, ports=(2181, 2182))
