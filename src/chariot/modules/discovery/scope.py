"""Scope: what belongs to the seeds of one organisation, and nothing else. Pure; see docs/scope.md.

Denial wins over every permission. What no seed admits is refused.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import msgspec

from chariot.model import checks
from chariot.model.base import Entity
from chariot.model.keys import Key, kind_of, unescape
from chariot.model.kinds.work import Seed
from chariot.model.states import Depth
from chariot.modules.discovery.special import is_special

_Block = tuple[int, int, int]
"""IP version, prefix length, first address."""
_DEPTHS = list(Depth)
_NESTED = frozenset({"attribute", "risk"})
"""Kinds whose key begins with the key of what they are about."""
_PARSED_LIMIT = 8_192
_BITS = {4: 32, 6: 128}


class Verdict(msgspec.Struct, frozen=True):
    """Whether something is in scope, how deep one may look there, and why, in one sentence."""

    admitted: bool
    why: str
    depth: Depth = Depth.PASSIVE

    def __bool__(self) -> bool:
        return self.admitted


class _Blocks(msgspec.Struct, frozen=True):
    """Netblocks by prefix, so that a look-up costs one step per prefix length in use, however many there are."""

    held: dict[_Block, tuple[str, Depth]] = {}
    """Each block as text, with its depth."""
    lengths: tuple[tuple[int, int], ...] = ()
    """Versions and prefix lengths in use, the longest first."""

    @classmethod
    def of(cls, blocks: Iterable[tuple[str, Depth]]) -> "_Blocks":
        held: dict[_Block, tuple[str, Depth]] = {}
        for text, depth in blocks:
            network = ip_network(text)
            block = (network.version, network.prefixlen, int(network.network_address))
            _, other = held.get(block, ("", depth))
            held[block] = (str(network), _shallower(other, depth))
        return cls(held, tuple(sorted({block[:2] for block in held}, reverse=True)))

    def around(self, address: IPv4Address | IPv6Address, length: int) -> tuple[str, Depth] | None:
        """Return the smallest block that holds the whole of *address*/*length*, with its depth."""
        version, number = address.version, int(address)
        bits = _BITS[version]
        for used, prefix in self.lengths:
            if used == version and prefix <= length:
                first = number >> (bits - prefix) << (bits - prefix)
                found = self.held.get((version, prefix, first))
                if found is not None:
                    return found
        return None


class Scope(msgspec.Struct, frozen=True):
    """What may be looked at. Build it with `Scope.of`."""

    domains: dict[str, Depth] = {}
    blocks: _Blocks = _Blocks()
    denied_names: frozenset[str] = frozenset()
    denied_blocks: _Blocks = _Blocks()
    excluded: frozenset[str] = frozenset()
    """Keys that a person took out of the inventory."""

    @classmethod
    def of(cls, seeds: Iterable[Seed], excluded: Iterable[str] = ()) -> "Scope":
        """Return the scope of *seeds*, less what any of them denies and less the keys *excluded*.

        An excluded name takes everything below it with it, an excluded netblock all its addresses.
        """
        domains: dict[str, Depth] = {}
        blocks: list[tuple[str, Depth]] = []
        denied: set[str] = set()
        for seed in seeds:
            denied.update(seed.deny)
            if seed.is_network:
                blocks.append((seed.value, seed.depth))
            else:
                domains[seed.value] = seed.depth
        keys = frozenset(excluded)
        denied.update(_host_part(key) for key in keys if kind_of(key) in ("domain", "address", "netblock"))
        networks = {value for value in denied if is_network(value)}
        return cls(
            domains,
            _Blocks.of(blocks),
            frozenset(denied - networks),
            _Blocks.of((value, Depth.PASSIVE) for value in networks),
            keys,
        )

    def name(self, name: str) -> Verdict:
        """Return the verdict on a DNS name: in scope is what equals or lies below a domain seed."""
        try:
            host = checks.host_name(name)
        except ValueError as error:
            return Verdict(False, str(error))
        suffixes = _suffixes(host)
        for suffix in suffixes:
            if suffix in self.denied_names:
                return Verdict(False, f"{host} is denied by {suffix}")
        for suffix in suffixes:
            if suffix in self.domains:
                return Verdict(True, f"{host} belongs to the seed {suffix}", self.domains[suffix])
        return Verdict(False, f"{host} does not descend from any seed")

    def denies_name(self, name: str) -> bool:
        """Tell whether *name*, or a name above it, is denied; what is no name is."""
        try:
            return not self.denied_names.isdisjoint(_suffixes(checks.host_name(name)))
        except ValueError:
            return True

    def address(self, address: str, via_names: Collection[str] = ()) -> Verdict:
        """Return the verdict on an address, to which *via_names* resolve without an alias out of scope.

        A seed netblock decides how deep to look; without one, the most careful of the names.
        """
        try:
            parsed = _parsed(address)
        except ValueError as error:
            return Verdict(False, str(error))
        denied = self.denied_blocks.around(parsed, _BITS[parsed.version])
        if denied is not None:
            return Verdict(False, f"{parsed} is denied by {denied[0]}")
        own = self.blocks.around(parsed, _BITS[parsed.version])
        if own is not None:
            return Verdict(True, f"{parsed} belongs to the seed {own[0]}", own[1])
        names = {name: verdict for name in via_names if (verdict := self.name(name))}
        if not names:
            return Verdict(False, f"{parsed} is in no seed, and no name in scope resolves to it")
        if is_special(parsed):
            return Verdict(
                False,
                f"{parsed} is a special-purpose address: a name is not enough, a seed netblock has to hold it",
            )
        depth = min((verdict.depth for verdict in names.values()), key=_DEPTHS.index)
        return Verdict(True, f"{min(names)}, which is in scope, resolves to {parsed}", depth)

    def netblock(self, cidr: str) -> Verdict:
        """Return the verdict on a netblock: in scope is what lies inside one seed netblock."""
        try:
            network = ip_network(checks.cidr(cidr))
        except ValueError as error:
            return Verdict(False, str(error))
        denied = self.denied_blocks.around(network.network_address, network.prefixlen)
        if denied is not None:
            return Verdict(False, f"{network} is denied by {denied[0]}")
        own = self.blocks.around(network.network_address, network.prefixlen)
        if own is None:
            return Verdict(False, f"{network} lies inside no seed netblock")
        return Verdict(True, f"{network} belongs to the seed {own[0]}", own[1])

    def host(self, host: str, via_names: Collection[str] = ()) -> Verdict:
        """Return the verdict on a name or an address."""
        try:
            return self.address(checks.ip(host), via_names)
        except ValueError:
            return self.name(host)

    def key(self, key: str, via_names: Collection[str] = ()) -> Verdict:
        """Return the verdict on what *key* names; *via_names* resolve to the address in it, if there is one.

        What is not at a place of its own (a certificate, a technology) is a fact about what was looked at.
        """
        if key in self.excluded:
            return Verdict(False, f"{key} was excluded by a person")
        kind = kind_of(key)
        if kind in _NESTED:
            return self.key(key[len(kind) + 1 :], via_names)
        place = host_of(key)
        if place:
            return self.host(place, via_names)
        if kind not in ("netblock", "seed"):
            return Verdict(True, f"{key} is a fact without a place of its own", Depth.DEEP)
        block = _host_part(key)
        return self.netblock(block) if "/" in block else self.host(block)

    def entity(self, entity: Entity, via_names: Collection[str] = ()) -> Verdict:
        """Return the verdict on an entity; see `key`."""
        return self.key(entity.key, via_names)

    def admits_name(self, name: str) -> bool:
        """Tell whether *name* is in scope."""
        return self.name(name).admitted

    def admits_address(self, address: str, via_names: Collection[str] = ()) -> bool:
        """Tell whether *address* is in scope; see `address`."""
        return self.address(address, via_names).admitted

    def admits(self, entity: Entity, via_names: Collection[str] = ()) -> bool:
        """Tell whether *entity* is in scope; see `key`."""
        return self.entity(entity, via_names).admitted

    def why(self, target: Entity | str, via_names: Collection[str] = ()) -> str:
        """Return one sentence on why an entity, a key, a name or an address is in scope or is not."""
        return (
            self.entity(target, via_names) if isinstance(target, Entity) else self.any(target, via_names)
        ).why

    def any(self, target: str, via_names: Collection[str] = ()) -> Verdict:
        """Return the verdict on what a person wrote: a key, a name, an address or a netblock."""
        if target.startswith("#"):
            return self.key(target, via_names)
        return self.netblock(target) if "/" in target else self.host(target, via_names)


def host_of(key: Key | str) -> str:
    """Return the name or address at which *key* is, empty when it is at none."""
    match kind_of(key):
        case "domain" | "dnsrecord" | "address" | "port":
            return _host_part(key)
        case "webapplication":
            return urlsplit(_host_part(key)).hostname or ""
        case kind if kind in _NESTED:
            return host_of(key[len(kind) + 1 :])
    return ""


@lru_cache(maxsize=_PARSED_LIMIT)
def _parsed(address: str) -> IPv4Address | IPv6Address:
    """Return *address* parsed: each is checked twice for each thing that is sent to it."""
    return ip_address(checks.ip(address))


def _host_part(key: str) -> str:
    return unescape(key.split("#")[2])


def _suffixes(name: str) -> list[str]:
    """Return *name* and all names above it, itself first."""
    found = [name]
    while "." in name:
        name = name.partition(".")[2]
        found.append(name)
    return found


def is_network(value: str) -> bool:
    """Tell whether *value* is an address or a netblock; what else a seed can be is a name."""
    try:
        ip_network(value)
    except ValueError:
        return False
    return True


def _shallower(one: Depth, other: Depth) -> Depth:
    return min(one, other, key=_DEPTHS.index)
