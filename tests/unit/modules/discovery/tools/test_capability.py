# ruff: noqa: ASYNC110, ASYNC240, PERF401, PT012 - what came before an error counts here, and files are small

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chariot.adapters.process.programs import LocalPrograms
from chariot.capability import CannotRunError, Found, NoAnswerError
from chariot.errors import ConfigurationError, OutOfScopeError
from chariot.model.base import Entity
from chariot.model.kinds.network import Address, Netblock, WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.tools.capability import ToolSettings, capability_of
from chariot.modules.discovery.tools.declaration import Tool, read_tool
from chariot.modules.exchange.catalogue import installed_formats
from chariot.testing.network import FakeNetwork, response
from support.stand_ins import stand_in

FORMATS = installed_formats()
SETTINGS = ToolSettings(rate_per_s=500, rate_per_target_per_s=50, ports=(22, 443))
SITE = WebApplication(url="https://www.example.com/")
ADDRESS = Address(ip="192.0.2.7")
TOOL = """
name = "looker"
summary = "Looks"
program = "looker"
accepts = ["address"]
arguments = ["-p", "{ports}", "-r", "{rate}", "--", "{address}"]
format = "naabu"
yields = ["address", "port"]
touch = "active"
sends = "a probe"
version = ["-V"]
"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
FOUND = json.dumps({"ip": "192.0.2.7", "port": 22, "protocol": "tcp"})
NUCLEI = {
    "template-id": "exposed-panel",
    "info": {"name": "A panel", "severity": "low"},
    "host": "https://www.example.com",
    "matched-at": "https://www.example.com/panel",
    "type": "http",
}
SECRET = {
    "DetectorName": "Stripe",
    "Verified": False,
    "Raw": "sk_live_0123456789abcdefghijklmn",
    "SourceMetadata": {"Data": {"Filesystem": {"file": "pages/page.html", "line": 1}}},
}


def web(**changes: Any) -> Tool:
    declared = read_tool(
        TOOL.replace('["address"]', '["webapplication"]').replace('"{address}"', '"{url}", "{proxy}"'), "x"
    )
    return msgspec.structs.replace(declared, **changes)


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"]},
        responses={
            SITE.url: response(body=b"<script src=/a.js></script><script src='//cdn.example/b.js'></script>"),
            f"{SITE.url}a.js": response(body=b"key = 1"),
        },
        out_of_scope={"192.0.2.9", "cdn.example"},
    )


async def found(tmp_path: Path, tool: Tool, target: Entity, network: FakeNetwork, body: str) -> list[Found]:
    """Return what a tool finds whose stand-in is *body*; the stand-in tells its version by itself."""
    stand_in(tmp_path, tool.program, f"import sys\nif '-V' in sys.argv: sys.exit('looker 4.5.6')\n{body}")
    programs = LocalPrograms(path=str(tmp_path))
    capability = capability_of(tool, programs, FORMATS, SETTINGS)(network)
    items: list[Found] = []
    try:
        async for item in capability.run(target):
            items.append(item)
    finally:
        assert capability.told_version == "4.5.6"
    return items


def keys(items: list[Found]) -> list[str]:
    return [item.key if isinstance(item, Entity) else item.type.value for item in items]


async def test_what_a_tool_writes_is_read_like_an_import(tmp_path, network) -> None:
    items = await found(tmp_path, read_tool(TOOL, "x"), ADDRESS, network, f"print({FOUND!r})")

    assert keys(items) == ["#address#192.0.2.7", "#port#192.0.2.7#tcp#22", "HAS_PORT"]
    assert network.sent == [("tool", "192.0.2.7", "192.0.2.7", "0", "looker")]


async def test_a_tool_gets_the_ports_the_pace_and_the_target(tmp_path, network) -> None:
    body = f"open({str(tmp_path / 'log')!r}, 'w').write(repr(sys.argv[1:]))"

    assert await found(tmp_path, read_tool(TOOL, "x"), ADDRESS, network, body) == []
    assert (tmp_path / "log").read_text() == str(["-p", "22,443", "-r", "50", "--", "192.0.2.7"])


async def test_what_was_found_before_a_fault_is_kept_and_the_fault_is_told(tmp_path, network) -> None:
    tool, items = read_tool(TOOL, "x"), []
    body = f"print({FOUND!r}); sys.stdout.flush(); sys.exit('no rights')"
    stand_in(tmp_path, tool.program, f"import sys\nif '-V' in sys.argv: sys.exit()\n{body}")
    capability = capability_of(tool, LocalPrograms(path=str(tmp_path)), FORMATS, SETTINGS)(network)

    with pytest.raises(CannotRunError, match="looker ended with code 1: no rights"):
        async for item in capability.run(ADDRESS):
            items.append(item)

    assert "#port#192.0.2.7#tcp#22" in keys(items)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('{{{ nonsense')", "what it wrote cannot be read"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was ended by signal 9"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_unknown(tmp_path, network, body, said) -> None:
    with pytest.raises(CannotRunError, match=said):
        await found(tmp_path, read_tool(TOOL, "x"), ADDRESS, network, body)


PICTURE = (
    TOOL.replace('"--", "{address}"', '"{output_file}.png", "{address}"')
    .replace('format = "naabu"', "picture = true")
    .replace('["address", "port"]', '["attribute"]')
    + 'output = "file"\noutput_bytes = 1000000\n'
)


async def test_a_picture_is_kept_under_the_name_of_its_target(tmp_path, network) -> None:
    tool = read_tool(PICTURE, "x")
    stand_in(tmp_path, tool.program, f"open('output.png', 'wb').write({PNG!r})")
    capability = capability_of(tool, LocalPrograms(path=str(tmp_path)), FORMATS, SETTINGS)(network)

    items = [item async for item in capability.run(ADDRESS)]

    (kept,) = capability.kept
    assert (kept.media_type, kept.data) == ("image/png", PNG)
    assert [(item.label, item.value) for item in items if isinstance(item, Attribute)] == [
        ("looker", kept.path)
    ]


async def test_no_picture_is_no_clean_answer(tmp_path, network) -> None:
    with pytest.raises(CannotRunError, match="it wrote no picture"):
        await found(tmp_path, read_tool(PICTURE, "x"), ADDRESS, network, "pass")


@pytest.mark.parametrize(("url", "expected"), [(SITE.url, True), ("http://www.example.com/", False)])
def test_one_for_what_is_encrypted_is_not_run_where_nothing_is(tmp_path, network, url, expected) -> None:
    capability = capability_of(web(encrypted=True), LocalPrograms(path=str(tmp_path)), FORMATS, SETTINGS)

    assert capability(network).match(WebApplication(url=url)) is expected


async def test_silence_of_a_tool_that_always_speaks_is_no_clean_answer(tmp_path, network) -> None:
    tool = msgspec.structs.replace(read_tool(TOOL, "x"), speaks=True)

    with pytest.raises(CannotRunError, match="wrote nothing of the target"):
        await found(tmp_path, tool, ADDRESS, network, "")
    assert await found(tmp_path, tool, ADDRESS, network, f"print({FOUND!r})")


async def test_what_a_silent_tool_complained_of_is_told(tmp_path, network) -> None:
    tool = msgspec.structs.replace(read_tool(TOOL, "x"), speaks=True)

    with pytest.raises(CannotRunError, match="could look at: no address for it"):
        await found(tmp_path, tool, ADDRESS, network, "print('no address for it', file=sys.stderr)")


async def test_declared_files_stand_where_the_tool_is_started(tmp_path, network) -> None:
    tool = msgspec.structs.replace(read_tool(TOOL, "x"), files={"own.conf": f"{FOUND}\n"})

    assert keys(await found(tmp_path, tool, ADDRESS, network, "print(open('own.conf').read())"))


async def test_a_program_may_be_installed_under_another_name(tmp_path, network) -> None:
    tool = msgspec.structs.replace(read_tool(TOOL, "x"), aliases=("other",))
    stand_in(tmp_path, "other", f"import sys; print({FOUND!r})")
    cls = capability_of(tool, LocalPrograms(path=str(tmp_path)), FORMATS, SETTINGS)

    assert cls.needs == ("other",)
    assert keys([item async for item in cls(network).run(ADDRESS)])


async def test_a_tool_that_is_not_there_says_so(tmp_path, network) -> None:
    capability = capability_of(read_tool(TOOL, "x"), LocalPrograms(path=str(tmp_path)), FORMATS, SETTINGS)(
        network
    )

    with pytest.raises(CannotRunError, match=r"^looker is not installed$"):
        _ = [item async for item in capability.run(ADDRESS)]


async def test_a_tool_is_not_started_out_of_scope(tmp_path, network) -> None:
    log = tmp_path / "log"
    with pytest.raises(OutOfScopeError):
        await found(
            tmp_path, read_tool(TOOL, "x"), Address(ip="192.0.2.9"), network, f"open({str(log)!r}, 'w')"
        )
    with pytest.raises(NoAnswerError):
        pinned = web(arguments=("{address}",))
        await found(
            tmp_path, pinned, WebApplication(url="https://gone.example/"), network, f"open({str(log)!r}, 'w')"
        )

    assert not log.exists()


async def test_of_a_netblock_a_tool_gets_what_is_in_scope(tmp_path, network) -> None:
    tool = msgspec.structs.replace(
        read_tool(TOOL, "x"), accepts=("netblock",), arguments=("{targets_file}",), targets="{address}"
    )
    log = tmp_path / "log"

    body = f"open({str(log)!r}, 'w').write(open(sys.argv[1]).read())"
    await found(tmp_path, tool, Netblock(cidr="192.0.2.8/30"), network, body)

    assert log.read_text().split() == ["192.0.2.8", "192.0.2.10", "192.0.2.11"]
    with pytest.raises(CannotRunError, match="holds more than"):
        await found(tmp_path, tool, Netblock(cidr="10.0.0.0/8"), network, "")


async def test_a_web_tool_sends_through_our_proxy(tmp_path, network) -> None:
    body = (
        "import socket\n"
        "host, port = sys.argv[-1].removeprefix('http://').split(':')\n"
        "s = socket.create_connection((host, int(port)))\n"
        "s.sendall(b'CONNECT cdn.example:443 HTTP/1.1\\r\\n\\r\\n')\n"
        f"open({str(tmp_path / 'log')!r}, 'wb').write(s.recv(100))"
    )

    await found(tmp_path, web(), SITE, network, body)

    assert (tmp_path / "log").read_bytes().startswith(b"HTTP/1.1 403 ")


async def test_findings_at_another_place_than_was_asked_are_told_as_they_are(tmp_path, network) -> None:
    """Whether they are in scope is decided where they are written."""
    tool = web(format="nuclei", yields=("webapplication", "risk"))

    items = await found(tmp_path, tool, SITE, network, f"print({json.dumps(NUCLEI)!r})")

    assert f"#risk#{SITE.key[1:]}#nuclei:exposed-panel" in keys(items)
    assert all(not isinstance(item, Entity) or item.kind in tool.yields for item in items)


async def test_a_secret_in_a_page_is_a_risk_of_the_page(tmp_path, network) -> None:
    tool = web(
        arguments=("{folder}",),
        fetch=True,
        at_target=True,
        format="trufflehog",
        yields=("risk", "credential"),
    )
    body = f"import os; open({str(tmp_path / 'log')!r}, 'w').write(repr(sorted(os.listdir(sys.argv[1]))))"

    items = await found(tmp_path, tool, SITE, network, f"{body}\nprint({json.dumps(SECRET)!r})")

    assert (tmp_path / "log").read_text() == str(["page.html", "script-1.js"])
    (risk,) = (item for item in items if isinstance(item, Risk))
    assert risk.target == SITE.key
    joined = {(item.type, item.source) for item in items if isinstance(item, Relationship)}
    assert joined == {(RelationshipType.HAS_RISK, SITE.key), (RelationshipType.HAS_CREDENTIAL, SITE.key)}


async def test_a_tool_may_write_to_a_file(tmp_path, network) -> None:
    tool = msgspec.structs.replace(
        read_tool(TOOL, "x"), output="file", arguments=("{output_file}", "{address}"), success=(0, 7)
    )

    items = await found(
        tmp_path, tool, ADDRESS, network, f"open(sys.argv[1], 'w').write({FOUND!r}); sys.exit(7)"
    )

    assert "#port#192.0.2.7#tcp#22" in keys(items)


async def test_a_link_in_place_of_the_output_is_not_followed(tmp_path, network) -> None:
    (tmp_path / "other").write_text(FOUND)
    tool = msgspec.structs.replace(
        read_tool(TOOL, "x"), output="file", arguments=("{output_file}", "{address}")
    )

    body = f"import os; os.symlink({str(tmp_path / 'other')!r}, sys.argv[1])"

    assert await found(tmp_path, tool, ADDRESS, network, body) == []


async def test_a_target_may_come_by_standard_input(tmp_path, network) -> None:
    tool = msgspec.structs.replace(read_tool(TOOL, "x"), stdin=True, arguments=("-",), targets="{address}")
    body = f"open({str(tmp_path / 'log')!r}, 'w').write(sys.stdin.read())"

    await found(tmp_path, tool, ADDRESS, network, body)

    assert (tmp_path / "log").read_text() == "192.0.2.7\n"


async def test_a_run_that_is_ended_ends_its_program(tmp_path, network) -> None:
    log = tmp_path / "log"
    body = f"import os, time; open({str(log)!r}, 'w').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    running = asyncio.create_task(found(tmp_path, read_tool(TOOL, "x"), ADDRESS, network, body))
    while not (log.exists() and log.read_text().endswith("\n")):
        await asyncio.sleep(0.02)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    process = Path(f"/proc/{log.read_text().strip()}")
    assert not process.exists() or sys.platform != "linux"


def test_a_format_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no format is called"):
        capability_of(read_tool(TOOL, "x"), LocalPrograms(), {}, SETTINGS)


def test_what_a_tool_declares_is_what_its_capability_declares() -> None:
    cls = capability_of(read_tool(TOOL, "x"), LocalPrograms(), FORMATS, SETTINGS)

    assert (cls.name, cls.accepts, cls.needs, cls.__doc__) == ("looker", ("address",), ("looker",), "Looks")
