"""Which capabilities there are: built-in ones, those of other packages, and external tools."""

from collections.abc import Mapping

import msgspec

from chariot.adapters.process.programs import LocalPrograms
from chariot.bootstrap.sourcing import disabled_sources
from chariot.errors import ConfigurationError
from chariot.format import Format
from chariot.modules.discovery.cadence import Cadence
from chariot.modules.discovery.registry import AnyCapability, load_capabilities
from chariot.modules.discovery.tools.capability import ToolSettings, capability_of, installed_name
from chariot.modules.discovery.tools.catalogue import check_chains, load_tools
from chariot.modules.exchange.catalogue import installed_formats
from chariot.settings import Settings


class Scanners(msgspec.Struct, frozen=True):
    """The capabilities of one process."""

    classes: tuple[type[AnyCapability], ...]
    left_out: frozenset[str]
    """Tools that come with this program, are not installed, and that nobody required; sources that are off."""
    cadence: Cadence


def make_scanners(settings: Settings, formats: Mapping[str, Format] | None = None) -> Scanners:
    """Return what looks at things, as the settings want it.

    Raises:
        ConfigurationError: a capability, a tool or a period is not in order; the text says which.
    """
    formats = installed_formats() if formats is None else formats
    built_in = load_capabilities()
    shipped, tools = load_tools(), load_tools(settings.tools_path)
    programs = LocalPrograms()
    limits = settings.limits
    told = ToolSettings(
        rate_per_s=limits.packets_per_s,
        rate_per_target_per_s=limits.packets_per_target_per_s,
        ports=settings.ports,
    )
    accepts = {cls.name: cls.accepts for cls in built_in} | {
        tool.name: tool.accepts for tool in tools.values()
    }
    check_chains(tools, accepts, formats)
    unknown = sorted(set(settings.required_tools) - tools.keys())
    if unknown:
        raise ConfigurationError(f"required_tools: no tool is called {', '.join(unknown)}")
    cadence = Cadence(settings.periods)
    cadence.check(accepts)
    return Scanners(
        classes=(*built_in, *(capability_of(tool, programs, formats, told) for tool in tools.values())),
        left_out=frozenset(
            tool.name
            for tool in tools.values()
            if tool == shipped.get(tool.name)
            and tool.name not in settings.required_tools
            and programs.find(installed_name(tool, programs)) is None
        )
        | disabled_sources(settings, built_in),
        cadence=cadence,
    )
