"""Which tools there are: those that come with this program, and those of a folder of the user's own."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from chariot.errors import ConfigurationError
from chariot.modules.discovery.tools.declaration import SIZE_LIMIT_BYTES, Tool, read_tool

SHIPPED = Path(__file__).parent / "shipped"
TOOLS_LIMIT = 500


def load_tools(own: Path | None = None) -> dict[str, Tool]:
    """Return all tools by name; one of the folder *own* stands in the place of a shipped one of its name.

    Raises:
        ConfigurationError: a declaration is not in order, two of the folder have one name, or nobody may look there.
    """
    found = {tool.name: tool for _, tool in _read(SHIPPED)}
    try:
        has_own = own is not None and own.is_dir()
    except PermissionError as error:
        raise ConfigurationError(f"cannot look for tools in {own}: {error.strerror}") from error
    if own is not None and has_own:
        places: dict[str, Path] = {}
        for path, tool in _read(own):
            other = places.setdefault(tool.name, path)
            if other is not path:
                raise ConfigurationError(f"{other} and {path} both declare the tool {tool.name!r}")
            found[tool.name] = tool
    return dict(sorted(found.items()))


def _read(folder: Path) -> Iterable[tuple[Path, Tool]]:
    paths = sorted(folder.glob("*.toml"))
    if len(paths) > TOOLS_LIMIT:
        raise ConfigurationError(f"{folder} holds more than {TOOLS_LIMIT} tools")
    for path in paths:
        try:
            if path.stat().st_size > SIZE_LIMIT_BYTES:
                raise ConfigurationError(f"{path} is longer than {SIZE_LIMIT_BYTES:,} bytes")
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"cannot read the tool in {path}: {error}") from error
        yield path, read_tool(text, str(path))


def check_chains(
    tools: Mapping[str, Tool], accepts: Mapping[str, Collection[str]], formats: Collection[str]
) -> None:
    """Return where every tool's reader is there and every chain fits together.

    *accepts* are the kinds that every tool and capability accepts, by name.

    Raises:
        ConfigurationError: a reader or a next step is missing, takes nothing of what is yielded, or leads back;
            the text lists everything that is wrong.
    """
    faults = [
        f"{tool.name}: no format is called {tool.format!r}"
        for tool in tools.values()
        if tool.format not in formats and not tool.picture
    ]
    for tool in tools.values():
        for step in tool.next:
            if step not in accepts:
                faults.append(f"{tool.name}: next: nothing is called {step!r}")
            elif not set(tool.yields) & set(accepts[step]):
                faults.append(
                    f"{tool.name}: next: {step} accepts {', '.join(sorted(accepts[step]))},"
                    f" and none of it is yielded ({', '.join(tool.yields)})"
                )
    handed = {step for tool in tools.values() for step in tool.next}
    faults += [
        f"{tool.name}: chained, and no tool names it as its next"
        for tool in tools.values()
        if tool.chained and tool.name not in handed
    ]
    faults += [f"the chain {' -> '.join(ring)} leads back to its beginning" for ring in _rings(tools)]
    if faults:
        raise ConfigurationError("tools are not in order: " + "; ".join(sorted(faults)))


def _rings(tools: Mapping[str, Tool]) -> list[list[str]]:
    """Return the chains that never end, each once."""
    done: set[str] = set()
    rings: list[list[str]] = []
    for start in tools:
        path: list[str] = []
        steps = [iter((start,))]
        while steps:
            name = next(steps[-1], None)
            if name is None:
                steps.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                rings.append([*path[path.index(name) :], name])
            elif name not in done:
                path.append(name)
                steps.append(iter(tools[name].next if name in tools else ()))
    return rings
