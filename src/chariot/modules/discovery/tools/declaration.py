"""How one external program is driven, as its TOML file declares it; everything is checked when it is read."""

import re
import tomllib
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from chariot.capability import Touch
from chariot.errors import ConfigurationError
from chariot.model import checks
from chariot.model.registry import KINDS
from chariot.modules.discovery.tools.arguments import FILES, HOLDING, faults_of_argument, needs_of

PICTURE_LIMIT_BYTES = 20_000_000
SIZE_LIMIT_BYTES = 65_536
"""The largest declaration that is read."""

_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_FILE = re.compile(r"[a-z][a-z0-9_-]{0,39}\.[a-z]{1,10}")
_TAKEN = frozenset({"targets.txt", "output.png"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_Positive = msgspec.Meta(gt=0)


class Tool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One external program. See docs/tools.md.

    Raises:
        ValueError: the declaration contradicts itself; the text says where.
    """

    name: str
    """The capability's name; stands in the origins of all that it finds."""
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    program: str
    """A file name that is looked for on the PATH."""
    aliases: Annotated[tuple[str, ...], msgspec.Meta(max_length=5)] = ()
    """Other names under which the same program is installed."""
    accepts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=10)]
    """Kinds that it looks at."""
    arguments: Annotated[tuple[str, ...], msgspec.Meta(max_length=200)]
    format: str = ""
    """The reader of what it writes: a name that `chariot import --list` shows."""
    picture: bool = False
    """What it writes is no text for a reader but a PNG, which is kept as a file and named by the target."""
    yields: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Kinds that are kept of what the reader yields."""
    touch: Touch
    sends: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """What leaves this machine, for people."""
    packets: Annotated[int, msgspec.Meta(ge=0)] = 100
    """About how many connections and requests one target costs."""
    deep: bool = False
    """It runs only where a seed allows deep looks."""
    queue: Literal["asset", "risk", "scan"] = "scan"
    timeout_s: Annotated[float, _Positive] = 600.0
    period_hours: Annotated[float, _Positive] = 24.0
    targets: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """The line that `{targets_file}` or the standard input holds, such as `{url}`."""
    stdin: bool = False
    """The target is its standard input."""
    output: Literal["stdout", "file"] = "stdout"
    """Where it writes: to its standard output, which is read while it runs, or to `{output_file}`."""
    output_bytes: Annotated[int, msgspec.Meta(gt=0, le=2_000_000_000)] = 100_000_000
    encrypted: bool = False
    """Of web applications it looks only at those that speak TLS."""
    speaks: bool = False
    """It writes something of every target that it looked at: where it wrote nothing, it could not look."""
    success: tuple[int, ...] = (0,)
    """Exit codes that mean that it looked."""
    version: Annotated[tuple[str, ...], msgspec.Meta(max_length=5)] = ()
    """Arguments that make it tell its version."""
    environment: tuple[str, ...] = ()
    """Variables of our own environment that it may see; all others are withheld."""
    keeps_home: bool = False
    """It finds its own settings in the home folder of our user; otherwise its home is an empty folder."""
    files: Annotated[dict[str, str], msgspec.Meta(max_length=5)] = {}
    """Small files, by name, that stand in the folder in which it is started, such as settings of its own."""
    fetch: bool = False
    """The page of the web application is fetched through the guarded network and laid into `{folder}`."""
    at_target: bool = False
    """The reader names files of `{folder}`: what it finds is told of the target instead."""
    next: tuple[str, ...] = ()
    """Capabilities and tools that look at what it yields, at once."""
    chained: bool = False
    """It looks only at what a `next` hands it, never at a change by itself."""

    def __post_init__(self) -> None:
        faults = [*_names(self), *_kinds(self), *_arguments(self)]
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def period(self) -> timedelta:
        """How long its answer is good for."""
        return timedelta(hours=self.period_hours)

    @property
    def needs(self) -> frozenset[str]:
        """The placeholders that it uses."""
        return needs_of((*self.arguments, self.targets))


def _names(tool: Tool) -> list[str]:
    faults = []
    formats = () if tool.picture else (("format", tool.format),)
    for place, value in (("name", tool.name), *formats, *(("next", one) for one in tool.next)):
        try:
            checks.slug(value)
        except ValueError as error:
            faults.append(f"{place}: {error}")
    # A path would let a declaration run any file; a bare name is looked for where the administrator put programs.
    faults += [
        f"program: {name[:80]!r} is no bare file name"
        for name in (tool.program, *tool.aliases)
        if not _PROGRAM.fullmatch(name)
    ]
    faults += [
        f"environment: {one[:80]!r} is no variable"
        for one in tool.environment
        if not _VARIABLE.fullmatch(one)
    ]
    faults += [
        f"files: {name[:80]!r} is no plain file name, or one that is taken"
        for name in tool.files
        if not _FILE.fullmatch(name) or name in _TAKEN
    ]
    faults += [f"success: {code} is no exit code" for code in tool.success if not 0 <= code <= 255]
    if not tool.success:
        faults.append("success: at least one exit code means that it looked")
    return faults


def _kinds(tool: Tool) -> list[str]:
    return [
        f"{place}: {kind[:40]!r} is no kind"
        for place, kinds in (("accepts", tool.accepts), ("yields", tool.yields))
        for kind in kinds
        if kind not in KINDS
    ]


def _arguments(tool: Tool) -> list[str]:
    faults = _picture(tool)
    faults += [
        f"arguments[{number}]: {fault}"
        for number, argument in enumerate(tool.arguments)
        for fault in faults_of_argument(argument, tool.accepts)
    ]
    faults += [f"targets: {fault}" for fault in faults_of_argument(tool.targets, tool.accepts, in_file=True)]
    faults += [
        f"version[{number}]: takes no placeholder" for number, one in enumerate(tool.version) if "{" in one
    ]
    used = needs_of(tool.arguments)
    for wanted, placeholder, reason in (
        (tool.output == "file", "output_file", 'output = "file" needs it'),
        (tool.fetch, "folder", "fetch needs it"),
        (bool(tool.targets) and not tool.stdin, "targets_file", "targets needs it, or stdin"),
    ):
        if wanted and placeholder not in used:
            faults.append(f"arguments: {{{placeholder}}} is missing: {reason}")
    faults += _holding(tool)
    if (tool.stdin or "targets_file" in used) and not tool.targets:
        faults.append("targets: says what stands in the standard input or the targets file")
    if not (needs_of((*tool.arguments, tool.targets)) - FILES) and not tool.fetch:
        faults.append("arguments: no placeholder tells it its target")
    if tool.fetch and set(tool.accepts) != {"webapplication"}:
        faults.append("fetch: only web applications have a page")
    return faults


def _picture(tool: Tool) -> list[str]:
    if not tool.picture:
        return []
    faults = []
    if tool.format or tool.yields != ("attribute",):
        faults.append('picture: nothing reads it: leave format out, and yield ["attribute"], which names it')
    if not any("{output_file}.png" in argument for argument in tool.arguments):
        faults.append("picture: {output_file}.png is missing among the arguments: programs go by the ending")
    if tool.output != "file" or tool.output_bytes > PICTURE_LIMIT_BYTES:
        faults.append(f'picture: needs output = "file" and output_bytes of {PICTURE_LIMIT_BYTES:,} at most')
    return faults


def _holding(tool: Tool) -> list[str]:
    """Return why a tool that touches its target could leave the scope by itself."""
    if tool.touch is Touch.PASSIVE or tool.fetch:
        return []
    if "netblock" in tool.needs:
        return [
            "arguments: {netblock} may hold what is denied: use {address} in targets, one line for each address"
        ]
    if tool.needs & HOLDING or not set(tool.accepts) & {"domain", "webapplication", "netblock"}:
        return []
    held = ", ".join(f"{{{name}}}" for name in sorted(HOLDING))
    return [f"arguments: a name would be looked up by the tool itself: one of {held} holds it in scope"]


def read_tool(text: str, where: str) -> Tool:
    """Return the tool that *text*, a TOML document, declares; *where* names it in errors.

    Raises:
        ConfigurationError: it is not TOML, or not a declaration; the text says why.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)
        return msgspec.convert(values, Tool)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise ConfigurationError(f"the tool in {where} is not in order: {error}") from error
