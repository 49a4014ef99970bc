"""What the placeholders of a tool stand for, at one target."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from chariot.model.base import Entity
from chariot.model.kinds.network import Address, Domain, Netblock, Port, WebApplication

ADDRESS_LIMIT = 4_096
"""The most addresses that one start of a tool is given."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


def place_of(target: Entity) -> tuple[str, str]:
    """Return the name or address at which *target* is, and its URL; empty where it has none."""
    match target:
        case Domain():
            return target.host, ""
        case Address():
            return target.ip, ""
        case Port():
            return target.address, ""
        case WebApplication():
            return urlsplit(target.url).hostname or "", target.url
    return "", ""


def values_of(target: Entity, addresses: Sequence[str]) -> dict[str, str]:
    """Return the values at *target*, of whose *addresses* the first one is looked at."""
    host, url = place_of(target)
    if isinstance(target, Netblock):
        return {"netblock": target.cidr}
    values = {"host": host, "server_name": host}
    if isinstance(target, Domain):
        values["name"] = host
    if addresses:
        values["address"] = addresses[0]
    port = _port(target, url)
    if port:
        values["port"] = str(port)
        if addresses:
            values["endpoint"] = _joined(addresses[0], port)
    if url:
        values |= {"url": url, "fuzz_url": f"{url}FUZZ", "host_endpoint": _joined(host, port)}
    return values


def _port(target: Entity, url: str) -> int:
    if isinstance(target, Port):
        return target.number
    if not url:
        return 0
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS[parts.scheme]


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
