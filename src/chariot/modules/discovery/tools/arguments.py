"""Placeholders in the argument lists of tools: which there are, where they may stand, and their values.

What comes from outside (a name, a URL) is always a whole argument, so that it can become neither an option nor a
part of one. What this program makes itself (a number, an address, a path of its own) may stand inside one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from chariot.capability import CannotRunError

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_BRACES = re.compile(r"[{}]")

FROM_OUTSIDE: Mapping[str, frozenset[str]] = {
    "name": frozenset({"domain"}),
    "host": frozenset({"domain", "address", "port", "webapplication"}),
    "url": frozenset({"webapplication"}),
    "fuzz_url": frozenset({"webapplication"}),
    "server_name": frozenset({"webapplication", "port", "address", "domain"}),
    "host_endpoint": frozenset({"webapplication"}),
}
"""Placeholders whose values other people wrote, with the kinds that have them."""

OWN: Mapping[str, frozenset[str]] = {
    "address": frozenset({"address", "port", "webapplication", "domain", "netblock"}),
    "netblock": frozenset({"netblock"}),
    "port": frozenset({"port", "webapplication"}),
    "endpoint": frozenset({"port", "webapplication"}),
}
"""Placeholders of the target whose values have a form that no option has: digits, dots and colons."""

FILES = frozenset(
    {"targets_file", "output_file", "folder", "rate", "ports", "timeout_s", "proxy", "proxy_endpoint"}
)
"""Placeholders that do not depend on the target."""

HOLDING = frozenset({"proxy", "proxy_endpoint", "address", "endpoint"})
"""Placeholders that keep a tool to what was checked: our proxy, or an address instead of a name."""

_ALL = {*FROM_OUTSIDE, *OWN, *FILES}


def needs_of(arguments: Iterable[str]) -> frozenset[str]:
    """Return the placeholders that *arguments* use."""
    return frozenset(name for argument in arguments for name in _PLACEHOLDER.findall(argument))


def faults_of_argument(argument: str, accepts: Sequence[str], *, in_file: bool = False) -> list[str]:
    """Return what is wrong with one argument of a tool that accepts the kinds *accepts*; nothing when it is fine."""
    if not argument.isprintable():
        return ["has control characters"]
    faults = []
    for name in _PLACEHOLDER.findall(argument):
        if name not in _ALL:
            faults.append(f"{{{name}}} is no placeholder; there are {', '.join(sorted(_ALL))}")
        elif name in FROM_OUTSIDE and argument != f"{{{name}}}":
            faults.append(f"{{{name}}} comes from outside, so it stands alone in its argument")
        elif in_file and name in FILES:
            faults.append(f"{{{name}}} is no part of a target")
        else:
            kinds = FROM_OUTSIDE.get(name) or OWN.get(name) or frozenset(accepts)
            faults += [f"a {kind} has no {{{name}}}" for kind in accepts if kind not in kinds]
    if not faults and _BRACES.search(_PLACEHOLDER.sub("", argument)):
        faults.append("has a brace that belongs to no placeholder")
    return faults


def filled(arguments: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return *arguments* with the placeholders replaced, once each: a value is never read for placeholders.

    Raises:
        CannotRunError: a value is missing, or could be taken for an option.
    """
    return tuple(_filled(argument, values) for argument in arguments)


def _filled(argument: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise CannotRunError(f"the target has no {name.replace('_', ' ')}")
        return checked(name, values[name])

    return _PLACEHOLDER.sub(value, argument)


def checked(name: str, value: str) -> str:
    """Return *value* where it can stand in an argument list or a file of lines.

    Raises:
        CannotRunError: it is empty, has white space or control characters, or could be taken for an option.
    """
    if not value or not value.isprintable() or " " in value:
        raise CannotRunError(
            f"the target's {name.replace('_', ' ')} cannot be given to a program: {value[:80]!r}"
        )
    if value[0] in "-@":
        raise CannotRunError(f"the target's {name.replace('_', ' ')} looks like an option: {value[:80]!r}")
    return value
