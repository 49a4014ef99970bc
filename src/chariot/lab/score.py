"""How well a scan did: found keys against expected keys, by kind."""

import re
from collections.abc import Callable, Collection, Mapping

import msgspec

NO_CLAIM = frozenset({"", "unknown", "tcpwrapped"})
"""What scanners write for the service of a port where they do not know it: neither right nor wrong."""

_TECHNOLOGY = re.compile(
    r"(?P<before>#technology#cpe:2\.3:)(?P<product>[aoh](?::(?:[^:\\]|\\.){1,100}){2})"
    r":(?P<version>[^:]{1,100}):(?P<update>[^:]{1,100})(?P<after>(?::[^:]{1,200}){6})"
)
_PATCHED = re.compile(r"(\d[\d.]{0,50})(p\d{1,4})")


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


def with_one_name(key: str, one_name: Callable[[str], str]) -> str:
    """Return a technology's key with its part:vendor:product as *one_name* has it, and a patch level as the update.

    >>> with_one_name("#technology#cpe:2.3:a:openssh:openssh:9.3p1:*:*:*:*:*:*:*", lambda _: "a:openbsd:openssh")
    '#technology#cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*'
    """
    match = _TECHNOLOGY.fullmatch(key)
    if match is None:
        return key
    version, update = match["version"], match["update"]
    patched = _PATCHED.fullmatch(version)
    if patched is not None and update == "*":
        version, update = patched[1], patched[2]
    return f"{match['before']}{one_name(match['product'])}:{version}:{update}{match['after']}"


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
