"""Wrong settings and sick engines: one clear sentence and a non-zero exit; never a traceback, never lost data."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import asyncpg
import httpx
import pytest

from chariot.adapters.postgres.migrations import MIGRATIONS as POSTGRES_STEPS
from chariot.adapters.postgres.migrations import migrate
from chariot.adapters.sqlite.migrations import MIGRATIONS as SQLITE_STEPS
from chariot.entrypoints.cli.exits import Exit
from chariot.entrypoints.rest.tokens import ensure_token
from support.databases import databases
from support.nats_server import NatsServer

LONGEST_S = 180.0
FULL_AT_BLOCKS = 12_000
"""How large a file may grow, in blocks of 512 octets: larger than an empty store, smaller than the import's."""
PASSWORD = "s3cr3t-w0rd"
AWAY, WRONG = Exit.UNAVAILABLE, Exit.CONFIGURATION


class Ended:
    def __init__(self, code: int, out: str, errors: str) -> None:
        self.code, self.out, self.errors = code, out, errors

    def says(self, *words: str) -> bool:
        """Tell whether it ended with one sentence that has *words*, and without what nobody should read."""
        lines = [line for line in self.errors.splitlines() if line.strip()]
        clean = "Traceback" not in self.errors and PASSWORD not in self.errors + self.out
        return clean and len(lines) <= 3 and all(word in self.errors for word in words)


def clean() -> dict[str, str]:
    """Return the environment without settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CHARIOT_")}


async def chariot(
    home: Path,
    *command: str,
    limit: str = "",
    program: Sequence[str] = (sys.executable, "-m", "chariot"),
    **settings: str,
) -> Ended:
    """Run the command line as a person would, under *limit* of the shell's `ulimit` where one is given."""
    environment = clean() | {f"CHARIOT_{name.upper()}": value for name, value in settings.items()}
    words = [*program, "--home", str(home), *command]
    if limit:
        words = ["/bin/sh", "-c", f'{limit}; trap "" XFSZ; exec "$@"', "sh", *words]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    async with asyncio.timeout(LONGEST_S):
        out, errors = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), errors.decode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is held, and on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


@pytest.fixture
async def database() -> AsyncIterator[str]:
    url = databases().server.url(await databases().server.create())
    await migrate(url)
    yield url
    await databases().server.drop(url.rpartition("/")[2])


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    folder = tmp_path / "nats"
    folder.mkdir()
    server = NatsServer(folder).start()
    yield server
    server.kill()


def server_of(url: str) -> str:
    return url.rpartition("@")[2].partition("/")[0]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"store": "mysql://localhost/x"}, WRONG, ("'mysql'", "sqlite:///")),
        ({"store": f"no-url-but-{PASSWORD}"}, WRONG, ("no '://'",)),
        ({"store": f"postgresql://ana:{PASSWORD}@127.0.0.1:port/x"}, WRONG, ("port is not a number",)),
        ({"bus": "amqp://localhost"}, WRONG, ("'amqp'", "nats://")),
        ({"cache": "memcached://localhost"}, WRONG, ("'memcached'", "redis://")),
        ({"api_port": "many"}, WRONG, ("api_port",)),
    ],
    ids=str,
)
async def test_a_wrong_url_is_named(
    home: Path, settings: dict[str, str], code: Exit, words: tuple[str, ...]
) -> None:
    ended = await chariot(home, "list", "risks", **settings)

    assert (ended.code, ended.says(*words)) == (code, True), ended.errors


async def test_a_wrong_route_is_named_without_its_password(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "chariot.toml"
    file.write_text(f'[organisations.acme]\nstore = "mysql://ana:{PASSWORD}@127.0.0.1/x"\n')

    ended = await chariot(home, "--config", str(file), "list", "risks")

    assert (ended.code, ended.says("'mysql'")) == (WRONG, True), ended.errors


@pytest.mark.parametrize("where", ["store", "bus"])
async def test_a_server_that_is_away_is_named(
    home: Path, database: str, closed_port: int, where: str
) -> None:
    urls = {
        "store": {
            "store": f"postgresql://ana:{PASSWORD}@127.0.0.1:{closed_port}/x",
            "bus": "nats://127.0.0.1:1",
        },
        "bus": {"store": database, "bus": f"nats://ana:{PASSWORD}@127.0.0.1:{closed_port}"},
    }

    ended = await chariot(home, "list", "risks", **urls[where])

    assert (ended.code, ended.says("127.0.0.1")) == (AWAY, True), ended.errors


async def test_a_cache_that_is_away_only_slows(home: Path, closed_port: int) -> None:
    ended = await chariot(home, "list", "risks", cache=f"redis://:{PASSWORD}@127.0.0.1:{closed_port}/0")

    assert (ended.code, PASSWORD in ended.errors + ended.out) == (0, False), ended.errors


async def test_a_wrong_password_is_said_and_never_shown(home: Path, database: str) -> None:
    url = f"postgresql://chariot_test:{PASSWORD}@{server_of(database)}/postgres"

    ended = await chariot(home, "list", "risks", store=url, bus="nats://127.0.0.1:1")

    assert (ended.code, ended.says("refuses user or password")) == (WRONG, True), ended.errors


async def test_a_wrong_password_of_the_queues_is_said_and_never_shown(
    home: Path, database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "guarded"
    folder.mkdir()
    server = NatsServer(folder, "--user", "ana", "--pass", "another").start()
    try:
        url = server.url.replace("//", f"//ana:{PASSWORD}@")
        ended = await chariot(home, "list", "risks", store=database, bus=url)
    finally:
        server.kill()

    assert (ended.code, ended.says("user", "password")) == (WRONG, True), ended.errors


async def test_a_database_that_is_not_there_is_named(home: Path, database: str) -> None:
    url = f"{database.rpartition('/')[0]}/nowhere"

    ended = await chariot(home, "list", "risks", store=url, bus="nats://127.0.0.1:1")

    assert (ended.code, ended.says("nowhere", "no such database")) == (WRONG, True), ended.errors


async def test_a_database_without_the_schema_says_what_to_run(home: Path) -> None:
    server = databases().server
    name = await server.create()
    try:
        ended = await chariot(home, "list", "risks", store=server.url(name), bus="nats://127.0.0.1:1")
    finally:
        await server.drop(name)

    assert (ended.code, ended.says("chariot migrate")) == (WRONG, True), ended.errors


@pytest.mark.parametrize("command", [("work",), ("serve",)])
async def test_an_old_schema_says_what_to_run(
    home: Path, database: str, nats: NatsServer, command: tuple[str, ...]
) -> None:
    await migrate(database, len(POSTGRES_STEPS) - 1)

    ended = await chariot(home, *command, store=database, bus=nats.url)

    assert (ended.code, ended.says("chariot migrate")) == (WRONG, True), ended.errors


async def test_a_newer_schema_is_left_alone(home: Path, database: str, nats: NatsServer) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE schema_version SET steps = 999")
    await connection.close()

    asked = [
        await chariot(home, *command, store=database, bus=nats.url)
        for command in (("list", "risks"), ("migrate",), ("migrate", "--check"))
    ]

    assert [(one.code, one.says("use a newer Chariot")) for one in asked] == [(WRONG, True)] * 3


async def test_a_database_that_takes_no_writes_loses_nothing(
    home: Path, database: str, nats: NatsServer, tmp_path: Path
) -> None:
    file = names(tmp_path)
    settings = {"store": database, "bus": nats.url}
    assert (await chariot(home, "import", str(file), "--format", "subfinder", **settings)).code == 0
    name = database.rpartition("/")[2]
    server = databases().server
    await server.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    refused = await chariot(home, "import", str(names(tmp_path, "b")), "--format", "subfinder", **settings)
    reading = await chariot(home, "list", "domains", "--json", **settings)
    await server.run(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    again = await chariot(home, "list", "domains", "--json", **settings)

    assert (refused.code, refused.says("read-only")) == (AWAY, True), refused.errors
    assert reading.out == again.out != ""


def names(folder: Path, letter: str = "a", number: int = 5) -> Path:
    file = folder / f"{letter}.txt"
    file.write_text("".join(f"{letter}-{place}.shop.test\n" for place in range(number)))
    return file


async def filled(home: Path, tmp_path: Path) -> Path:
    """Make a store with a few names in it, and return its file."""
    ended = await chariot(home, "import", str(names(tmp_path)), "--format", "subfinder")
    assert ended.code == 0, ended.errors
    return home / "chariot.db"


def rows(file: Path) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(file))
    try:
        return connection.execute("SELECT sequence, key, doc FROM version ORDER BY sequence").fetchall()
    finally:
        connection.close()


async def test_a_newer_file_is_left_alone(home: Path, tmp_path: Path) -> None:
    file = await filled(home, tmp_path)
    connection = apsw.Connection(str(file))
    connection.pragma("user_version", len(SQLITE_STEPS) + 1)
    connection.close()
    before = rows(file)

    asked = [await chariot(home, *command) for command in (("list", "domains"), ("migrate",))]

    assert [(one.code, one.says("use a newer Chariot")) for one in asked] == [(WRONG, True)] * 2
    assert rows(file) == before


async def test_an_old_file_is_brought_up_to_date(home: Path, tmp_path: Path) -> None:
    file = await filled(home, tmp_path)
    before = rows(file)
    assert (await chariot(home, "migrate", "--to", "1")).code == 0
    checked = await chariot(home, "migrate", "--check")

    listed = await chariot(home, "list", "domains")

    assert (checked.code, "chariot migrate" in checked.out) == (WRONG, True)
    assert (listed.code, rows(file)) == (0, before)


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 100, b"\0" * 8_192])
async def test_a_file_that_is_no_database_is_left_alone(home: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)

    ended = await chariot(home, "list", "domains", store=f"sqlite:///{file}")

    assert (ended.code, ended.says(str(file))) == (WRONG, True), ended.errors
    assert file.read_bytes() == content


async def test_a_folder_in_the_files_place_is_named(home: Path, tmp_path: Path) -> None:
    ended = await chariot(home, "list", "domains", store=f"sqlite:///{tmp_path}")

    assert (ended.code, ended.says(str(tmp_path))) == (WRONG, True), ended.errors


async def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    ended = await chariot(file, "list", "domains")

    assert (ended.code, ended.says(str(file))) == (WRONG, True), ended.errors


async def test_a_full_disk_is_said_and_loses_nothing(home: Path, tmp_path: Path) -> None:
    file = await filled(home, tmp_path)
    before = rows(file)
    many = names(tmp_path, "many", 60_000)

    refused = await chariot(
        home, "import", str(many), "--format", "subfinder", limit=f"ulimit -f {FULL_AT_BLOCKS}"
    )
    kept = rows(file)
    again = await chariot(home, "import", str(many), "--format", "subfinder")
    listed = await chariot(home, "list", "domains", "--json")

    assert (refused.code, refused.says("full")) == (AWAY, True), refused.errors
    assert kept[: len(before)] == before
    assert (again.code, listed.code) == (0, 0)
    assert len([row for row in rows(file) if str(row[1]).startswith("#domain#")]) == 60_005


async def test_a_folder_that_cannot_be_made_is_named() -> None:
    # Not even the system's administrator makes a folder there.
    ended = await chariot(Path("/proc/chariot-home"), "list", "domains")

    assert (ended.code, ended.says("/proc/chariot-home")) == (WRONG, True), ended.errors


SHIFTED = (sys.executable, str(Path(__file__).parents[1] / "support" / "shifted_clock.py"), "0", "7200")


async def test_a_wrong_clock_is_said_and_by_how_much(home: Path, database: str, nats: NatsServer) -> None:
    ended = await chariot(home, "doctor", program=SHIFTED, store=database, bus=nats.url)

    said = " ".join(ended.out.split())
    assert "the clock of this machine stands 7,2" in said, ended.out
    assert "Traceback" not in ended.errors
    assert ended.code == WRONG


@asynccontextmanager
async def serving(
    home: Path, port: int, *, program: Sequence[str] = (sys.executable, "-m", "chariot"), **settings: str
) -> AsyncIterator[str]:
    """Start a server without workers, and give its address."""
    process = await asyncio.create_subprocess_exec(
        *(*program, "--home", str(home), "serve", "--without-workers", "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=clean() | {f"CHARIOT_{name.upper()}": value for name, value in settings.items()},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LONGEST_S):
            assert await process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.communicate()


async def test_a_server_whose_database_takes_no_writes_is_not_ready_and_the_doctor_says_why(
    home: Path, database: str, nats: NatsServer, unused_tcp_port: int
) -> None:
    settings = {"store": database, "bus": nats.url}
    server, name = databases().server, database.rpartition("/")[2]
    async with (
        serving(home, unused_tcp_port, **settings) as address,
        httpx.AsyncClient(timeout=LONGEST_S) as client,
        asyncio.timeout(LONGEST_S),
    ):
        before = await client.get(f"{address}/health/ready")
        await server.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        # It holds for connections that are made from now on.
        await server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        while (  # noqa: ASYNC110 - a server tells.
            "takes no writes now" not in (ready := await client.get(f"{address}/health/ready")).text
        ):
            await asyncio.sleep(0.2)
    doctor = await chariot(home, "doctor", **settings)

    assert (before.status_code, ready.status_code) == (200, 503), ready.text
    assert (doctor.code, "read-only" in doctor.out) == (WRONG, True), doctor.out


async def test_a_server_with_a_wrong_clock_is_not_ready_and_writes_the_right_time(
    home: Path, database: str, nats: NatsServer, unused_tcp_port: int
) -> None:
    async with (
        serving(home, unused_tcp_port, program=SHIFTED, store=database, bus=nats.url) as address,
        httpx.AsyncClient(timeout=LONGEST_S) as client,
    ):
        ready = await client.get(f"{address}/health/ready")
        headers = {"Authorization": f"Bearer {ensure_token(home)}"}
        seeds = {"seeds": [{"value": "shop.test"}]}
        added = await client.post(f"{address}/api/v1/seeds", json=seeds, headers=headers)

    (clock,) = [part for part in ready.json()["parts"] if part["name"] == "clock"]
    assert (ready.status_code, clock["ready"]) == (503, False)
    assert "7,2" in clock["reason"]
    created = datetime.fromisoformat(added.json()["data"][0]["created"])
    assert created < datetime.now(UTC) + timedelta(minutes=30)


async def test_a_doctor_says_where_each_organisation_lives_and_what_is_wrong(
    home: Path, tmp_path: Path, closed_port: int
) -> None:
    file = tmp_path / "chariot.toml"
    file.write_text(
        f'[organisations.acme]\nstore = "sqlite:///{tmp_path / "acme.db"}"\n'
        f'[organisations.globex]\nstore = "postgresql://ana:{PASSWORD}@127.0.0.1:{closed_port}/x"\n'
    )

    ended = await chariot(home, "--config", str(file), "doctor")

    said = ended.out + ended.errors
    assert all(word in said for word in ("store of acme", "acme.db", "store of globex", "does not answer"))
    assert PASSWORD not in said
    assert "Traceback" not in said
    assert ended.code == WRONG
