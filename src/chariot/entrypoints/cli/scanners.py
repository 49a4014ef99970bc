"""Which scanners are installed, from their declarations; none of them is started for that."""

from typing import TYPE_CHECKING

from chariot.modules.discovery.describing import Described, described

if TYPE_CHECKING:
    from chariot.settings import Settings

Scanner = Described


def installed_capabilities(settings: "Settings | None" = None) -> list[Scanner]:
    """Return all capabilities and tools that are there with *settings*, by name.

    Raises:
        ConfigurationError: one of them cannot be loaded; the text names it.
    """
    from chariot.bootstrap.scanners import make_scanners
    from chariot.settings import Settings

    scanners = make_scanners(settings or Settings())
    found = [described(one, cadence=scanners.cadence, left_out=scanners.left_out) for one in scanners.classes]
    return sorted(found, key=lambda scanner: scanner.name)


def span(seconds: float) -> str:
    """Return a length of time in its largest whole unit.

    >>> span(86_400.0)
    '1 d'
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:g} s"
