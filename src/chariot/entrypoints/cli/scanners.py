"""Which scanners are installed, from their declarations; none of them is started for that."""

import shutil

import msgspec

from chariot.modules.discovery.registry import AnyCapability, load_capabilities


class Scanner(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability declares of itself."""

    name: str
    summary: str
    accepts: tuple[str, ...]
    touch: str
    queue: str
    period_s: float
    timeout_s: float
    needs: tuple[str, ...]
    missing: tuple[str, ...]
    """Those of `needs` that are not on the PATH: its answers will be unknown."""


def installed_capabilities() -> list[Scanner]:
    """Return all capabilities that are installed, by name.

    Raises:
        ConfigurationError: one of them cannot be loaded; the text names it.
    """
    return sorted(map(describe, load_capabilities()), key=lambda scanner: scanner.name)


def describe(capability: type[AnyCapability]) -> Scanner:
    """Return what *capability* declares."""
    needs = capability.needs
    return Scanner(
        name=capability.name,
        summary=(capability.__doc__ or "").strip().partition("\n")[0],
        accepts=capability.accepts,
        touch=capability.touch.value,
        queue=capability.queue,
        period_s=capability.period.total_seconds(),
        timeout_s=capability.timeout_s,
        needs=needs,
        missing=tuple(tool for tool in needs if shutil.which(tool) is None),
    )


def span(seconds: float) -> str:
    """Return a length of time in its largest whole unit.

    >>> span(86_400.0)
    '1 d'
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:g} s"
