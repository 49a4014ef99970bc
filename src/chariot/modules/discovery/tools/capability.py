"""An external tool as a capability: it is planned, held in scope, supervised and counted like any other."""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import urljoin

import msgspec
import structlog

from chariot.capability import TARGET, CannotRunError, Capability, Found, NoAnswerError, Touch
from chariot.errors import ConfigurationError, OutOfScopeError
from chariot.format import Format, Parsed, Refused
from chariot.model.base import Entity
from chariot.model.keys import Key, kind_of
from chariot.model.kinds.network import Netblock, WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.modules.discovery.tools.arguments import filled
from chariot.modules.discovery.tools.declaration import Tool
from chariot.modules.discovery.tools.picture import named_by, picture_of
from chariot.modules.discovery.tools.ports import Command, Handover, Programs, RunningProgram
from chariot.modules.discovery.tools.reading import read_records
from chariot.modules.discovery.tools.values import ADDRESS_LIMIT, place_of, values_of

_log = structlog.get_logger(__name__)

PAGE_BYTES = 5_000_000
SCRIPT_LIMIT = 20
"""How many scripts of a page are fetched for a tool that reads pages."""
_SCRIPT = re.compile(rb"""<script[^>]{0,500}?\ssrc\s*=\s*["']?([^"'\s>]{1,2000})""", re.IGNORECASE)
_GET_S = 20.0


class ToolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What all tools are told."""

    rate_per_s: float
    """The pace of what looks at many targets at once."""
    rate_per_target_per_s: float
    ports: tuple[int, ...]


class ExternalTool(Capability[TARGET]):
    """What `capability_of` makes of a declaration."""

    tool: ClassVar[Tool]
    programs: ClassVar[Programs]
    reader: ClassVar[Format | None]
    """None where what it writes is a picture."""
    settings: ClassVar[ToolSettings]

    def match(self, target: TARGET) -> bool:
        """Tell whether it is of the sort that the tool looks at."""
        return not (
            self.tool.encrypted and isinstance(target, WebApplication) and target.url.startswith("http:")
        )

    async def run(self, target: TARGET) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        tool = self.tool
        path = self.programs.find(installed_name(tool, self.programs))
        if path is None:
            raise CannotRunError(f"{tool.program} is not installed")
        self.told_version = await self.programs.version(path, tool.version)
        async with AsyncExitStack() as stack:
            folder = await stack.enter_async_context(self.programs.folder())
            addresses = await self._addresses(target)
            values = {**values_of(target, addresses), **await self._files(target, folder, stack)}
            command = self._command(path, folder, values, addresses)
            await self._hand_over(target, addresses, values, stack)
            running = await stack.enter_async_context(self.programs.running(command))
            if self.tool.picture:
                await self._ended(running)
                self.kept = (picture_of(target.key, folder / "output.png"),)
                for found in named_by(target.key, self.name, self.kept[0]):
                    yield found
                return
            sieve = _Sieve(tool, target.key)
            async for batch in self._records(running, folder):
                for found in sieve.kept(batch):
                    yield found
            await self._ended(running)
            sieve.check(running.complaint())

    async def _addresses(self, target: Entity) -> tuple[str, ...]:
        """Return the addresses of *target* that are in scope; none where nothing reaches the target."""
        host, _ = place_of(target)
        if self.touch is Touch.PASSIVE or self.tool.fetch:
            return ()
        if isinstance(target, Netblock):
            return await self._inside(target)
        found = await self.network.addresses(host)
        if not found:
            raise NoAnswerError(f"{host} has no address")
        return found

    async def _inside(self, block: Netblock) -> tuple[str, ...]:
        """Return the addresses of *block* that are in scope: what is denied inside it is left out."""
        network = ip_network(block.cidr)
        if network.num_addresses > ADDRESS_LIMIT:
            raise CannotRunError(
                f"{block.cidr} holds more than {ADDRESS_LIMIT:,} addresses: seed smaller blocks"
            )
        found: list[str] = []
        for address in network:
            try:
                found += await self.network.addresses(str(address))
            except OutOfScopeError:
                continue
        if not found:
            raise OutOfScopeError(f"no address of {block.cidr} is in scope")
        return tuple(found)

    async def _files(self, target: Entity, folder: Path, stack: AsyncExitStack) -> dict[str, str]:
        """Return the values that do not depend on the target; lay out what they name."""
        tool = self.tool
        one = not isinstance(target, Netblock)
        rate = self.settings.rate_per_target_per_s if one else self.settings.rate_per_s
        values = {
            "rate": str(max(1, int(rate))),
            "ports": ",".join(map(str, self.settings.ports)),
            # The program may end by itself, with what it found, before it is ended from outside.
            "timeout_s": str(max(1, int(tool.timeout_s * 0.9))),
            "output_file": "output",
            "targets_file": "targets.txt",
            "folder": "pages",
        }
        if tool.needs & {"proxy", "proxy_endpoint"}:
            endpoint = await stack.enter_async_context(self.programs.proxy(self.network))
            values |= {"proxy": f"http://{endpoint}", "proxy_endpoint": endpoint}
        if tool.fetch:
            await self._fetch(place_of(target)[1], folder / "pages")
        return values

    async def _fetch(self, url: str, folder: Path) -> None:
        """Lay the page at *url* and the scripts that it names into *folder*."""
        folder.mkdir(mode=0o700)  # noqa: ASYNC240 - a folder of our own on a local disk
        page = await self.network.get(url, timeout_s=_GET_S, limit_bytes=PAGE_BYTES)
        (folder / "page.html").write_bytes(page.body)
        named = [match.decode("ascii", "replace") for match in _SCRIPT.findall(page.body)]
        for number, script in enumerate(list(dict.fromkeys(named))[:SCRIPT_LIMIT]):
            try:
                answer = await self.network.get(
                    urljoin(url, script), timeout_s=_GET_S, limit_bytes=PAGE_BYTES
                )
            except (NoAnswerError, OutOfScopeError, ValueError):
                # Scripts of others are not ours to fetch, and a page may name nonsense.
                continue
            (folder / f"script-{number + 1}.js").write_bytes(answer.body)

    def _command(
        self, path: str, folder: Path, values: Mapping[str, str], addresses: Collection[str]
    ) -> Command:
        tool = self.tool
        lines = self._lines(values, addresses)
        if lines and not tool.stdin:
            (folder / "targets.txt").write_bytes(lines)
        for name, text in tool.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return Command(
            program=path,
            arguments=filled(tool.arguments, values),
            folder=folder,
            environment=self.programs.environment(tool.environment, None if tool.keeps_home else folder),
            stdin=lines if tool.stdin else b"",
            output_bytes=tool.output_bytes,
        )

    def _lines(self, values: Mapping[str, str], addresses: Collection[str]) -> bytes:
        if not self.tool.targets:
            return b""
        if "netblock" in values:
            lines = [filled([self.tool.targets], {**values, "address": one})[0] for one in addresses]
        else:
            lines = list(filled([self.tool.targets], values))
        return "".join(f"{line}\n" for line in lines).encode()

    async def _hand_over(
        self, target: Entity, addresses: Collection[str], values: Mapping[str, str], stack: AsyncExitStack
    ) -> None:
        """Have the guard check each address once more, right before the program starts.

        What goes through our proxy is checked there, connection by connection.
        """
        if not addresses or "proxy" in values:
            return
        host, _ = place_of(target)
        used = [values["address"]] if "address" in values else addresses
        port = int(values.get("port", "0"))
        network = cast("Handover", self.network)
        await stack.enter_async_context(
            network.handed_over(
                self.tool.program,
                [(host or address, address, port) for address in used],
                rate_per_s=float(values["rate"]),
            )
        )

    async def _records(self, running: RunningProgram, folder: Path) -> AsyncIterator[list[Parsed | Refused]]:
        assert self.reader is not None
        if self.tool.output == "stdout":
            async for batch in read_records(self.reader, running.stdout):
                yield batch
            return
        await self._ended(running)
        output = folder / "output"
        # A program may make whatever it likes in its folder: a link would make us read a file of ours.
        if not output.is_file() or output.is_symlink():
            return
        with output.open("rb") as stream:
            async for batch in read_records(self.reader, stream):
                yield batch

    async def _ended(self, running: RunningProgram) -> None:
        code = await running.wait()
        tool = self.tool
        if running.is_cut():
            raise CannotRunError(f"{tool.program} wrote more than {tool.output_bytes:,} bytes")
        if code not in tool.success:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            complaint = running.complaint()
            raise CannotRunError(f"{tool.program} {how}{f': {complaint}' if complaint else ''}")


class _Sieve:
    """Keeps what a tool may yield, with ends that were yielded, each thing once."""

    def __init__(self, tool: Tool, target: Key) -> None:
        self._yields = frozenset(tool.yields)
        self._at_target = tool.at_target
        self._target = target
        self._keys = {target}
        self._moved: dict[Key, Key] = {}
        self._refused: list[Refused] = []
        self._records = 0
        self._speaks = tool.speaks

    def kept(self, batch: Iterable[Parsed | Refused]) -> Iterable[Found]:
        """Return what is kept of *batch*."""
        for record in batch:
            if isinstance(record, Refused):
                self._refused.append(record)
                _log.warning("tool_record_refused", place=record.place, reason=record.reason[:200])
                del self._refused[10:]
                continue
            self._records += 1
            for entity in record.entities:
                moved = self._at(entity)
                if moved.kind in self._yields:
                    self._keys.add(moved.key)
                    yield moved
            for relationship in record.relationships:
                ends = self._end(relationship.source), self._end(relationship.target)
                if ends[0] in self._keys and ends[1] in self._keys and ends[0] != ends[1]:
                    yield msgspec.structs.replace(relationship, source=ends[0], target=ends[1])

    def check(self, complaint: str) -> None:
        """Raise where nothing of what it wrote could be read: that is no clean answer. *complaint* says why."""
        if self._speaks and not self._records and not self._refused:
            silent = "it wrote nothing of the target, which it does of each that it could look at"
            raise CannotRunError(f"{silent}: {complaint}" if complaint else silent)
        if self._refused and not self._records:
            first = self._refused[0]
            raise CannotRunError(f"what it wrote cannot be read: {first.place}: {first.reason}")

    def _at(self, entity: Entity) -> Entity:
        """Return *entity* as it is told: a risk of a file of ours is one of the page that the file is of."""
        if not (self._at_target and isinstance(entity, Risk) and kind_of(entity.target) == "file"):
            return entity
        moved = msgspec.structs.replace(entity, target=self._target)
        self._moved[entity.key] = moved.key
        return moved

    def _end(self, key: Key) -> Key:
        if self._at_target and kind_of(key) == "file":
            return self._target
        return self._moved.get(key, key)


def installed_name(tool: Tool, programs: Programs) -> str:
    """Return the name under which the program of *tool* is installed; its first one where it is not."""
    names = (tool.program, *tool.aliases)
    return next((name for name in names if programs.find(name) is not None), tool.program)


def capability_of(
    tool: Tool, programs: Programs, formats: Mapping[str, Format], settings: ToolSettings
) -> type[ExternalTool[Any]]:
    """Return the capability that drives *tool*.

    Raises:
        ConfigurationError: nothing reads its format.
    """
    if tool.format not in formats and not tool.picture:
        raise ConfigurationError(f"the tool {tool.name}: no format is called {tool.format!r}")
    declared = {
        "__doc__": tool.summary,
        "__module__": __name__,
        "name": tool.name,
        "touch": tool.touch,
        "queue": tool.queue,
        "timeout_s": tool.timeout_s,
        "period": tool.period,
        "needs": (installed_name(tool, programs),),
        "sends": tool.sends,
        "packets": tool.packets,
        "deep": tool.deep,
        "next": tool.next,
        "chained": tool.chained,
        "tool": tool,
        "programs": programs,
        "reader": formats.get(tool.format),
        "settings": settings,
    }
    made: type[ExternalTool[Any]] = type(f"Tool_{tool.name}", (ExternalTool,), declared)
    # What a class accepts is read from its type parameter when it is made; a declaration says it in words.
    made.accepts = tool.accepts
    return made
