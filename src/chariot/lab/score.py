"""How well a scan did: found keys against expected keys, by kind."""

from collections.abc import Collection, Mapping

import msgspec

NO_CLAIM = frozenset({"", "unknown", "tcpwrapped"})
"""What scanners write for the service of a port where they do not know it: neither right nor wrong."""


class KindScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one kind."""

    expected: int
    """Keys that the truth holds."""
    found: int
    """Keys that the scan holds, right or wrong."""
    missed: list[str]
    """Expected but not found, sorted."""
    extra: list[str]
    """Found but not expected, sorted."""
    precision: float
    """Share of the found that is right, 0 to 1. Finding nothing is 1 where nothing is expected, else 0."""
    recall: float
    """Share of the expected that is found, 0 to 1; 1 where nothing is expected."""

    @property
    def is_perfect(self) -> bool:
        """Whether everything expected was found, and nothing else."""
        return not self.missed and not self.extra


def service_key(port_key: str, service: str) -> str:
    """Return the name under which what is spoken at a port is scored; it has no key of its own in the model."""
    return f"{port_key} {service}"


def score(
    expected: Mapping[str, Collection[str]], found: Mapping[str, Collection[str]]
) -> dict[str, KindScore]:
    """Return the score of each kind in *expected*, in its order; other kinds in *found* are not scored."""
    return {kind: score_kind(keys, found.get(kind, ())) for kind, keys in expected.items()}


def score_kind(expected: Collection[str], found: Collection[str]) -> KindScore:
    """Return the score of one kind; a key counts once, however often it is given."""
    wanted, seen = frozenset(expected), frozenset(found)
    hits = len(wanted & seen)
    return KindScore(
        expected=len(wanted),
        found=len(seen),
        missed=sorted(wanted - seen),
        extra=sorted(seen - wanted),
        precision=hits / len(seen) if seen else float(not wanted),
        recall=hits / len(wanted) if wanted else 1.0,
    )
