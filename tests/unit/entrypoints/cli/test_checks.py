from contextlib import closing
from pathlib import Path

import apsw
import msgspec
import pytest

from chariot.adapters.sqlite.migrations import MIGRATIONS, migrate
from chariot.entrypoints.cli.checks import State, package_checks, run_checks
from chariot.lab.ca import authority_pem
from chariot.settings import Settings


def checks(settings: Settings) -> dict[str, State]:
    return {check.name: check.state for check in run_checks(settings)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # A resolver that is none is asked nothing, so the check takes no time.
    return Settings(home=str(tmp_path / "new" / "home"), resolver="nonsense")


def test_a_home_that_is_made_at_first_use_is_fine(settings: Settings) -> None:
    found = checks(settings)

    assert found["home"] is State.OK
    assert found["store"] is State.OK
    assert found["sqlite"] is State.OK


def test_a_resolver_that_does_not_answer_is_said_with_its_cost(settings: Settings) -> None:
    silent = msgspec.structs.replace(settings, resolver="127.0.0.1:9")

    (resolver,) = [check for check in run_checks(silent, resolve_s=0.1) if check.name == "resolver"]

    assert resolver.state is State.WARNING
    assert "unknown" in resolver.cost


@pytest.mark.parametrize("resolver", ["nonsense", "127.0.0.1:x"])
def test_a_resolver_that_is_no_address_is_a_warning(
    settings: Settings, tmp_path: Path, resolver: str
) -> None:
    assert checks(Settings(home=str(tmp_path), resolver=resolver))["resolver"] is State.WARNING


def test_a_store_that_is_no_database_has_failed(tmp_path: Path) -> None:
    (tmp_path / "chariot.db").write_text("this is not a database, and long enough to be read as one" * 20)

    assert checks(Settings(home=str(tmp_path), resolver="nonsense"))["store"] is State.FAILED


def test_a_store_of_a_newer_program_has_failed(tmp_path: Path) -> None:
    with closing(apsw.Connection(str(tmp_path / "chariot.db"))) as connection:
        migrate(connection, MIGRATIONS)
        connection.pragma("user_version", 99)

    (store,) = [
        check
        for check in run_checks(Settings(home=str(tmp_path), resolver="nonsense"))
        if check.name == "store"
    ]

    assert (store.state, "use a newer Chariot" in store.cost) == (State.FAILED, True)


@pytest.mark.parametrize(
    ("content", "state"),
    [(None, State.WARNING), (b"no certificate", State.WARNING), (authority_pem(), State.OK)],
    ids=["not there", "something else", "certificates"],
)
def test_authorities_that_cannot_be_read_are_a_warning(
    tmp_path: Path, content: bytes | None, state: State
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    settings = Settings(home=str(tmp_path), resolver="nonsense", ca_file=str(path))

    assert checks(settings)["authorities"] is state


def requirement_checks(*missing: str) -> dict[str, tuple[State, str]]:
    wanted = ["lxml>=6", "granian[uvloop]>=2.5", 'typst>=0.13; extra == "pdf"', "redis>=5; extra == 'redis'"]
    found = package_checks(wanted, lambda name: name not in missing)
    return {check.name: (check.state, check.found) for check in found}


def test_a_package_that_everything_needs_is_missed() -> None:
    assert requirement_checks("granian")["packages"] == (State.FAILED, "missing: granian")


def test_what_is_optional_is_missed_by_nobody() -> None:
    assert requirement_checks("typst", "redis") == {
        "packages": (State.OK, "all 2 are there"),
        "extras": (State.OK, "not installed: pdf, redis"),
    }


@pytest.mark.parametrize(
    ("name", "url", "state"),
    [
        ("bus", "nats://127.0.0.1:1", State.FAILED),
        ("bus", "nats://", State.FAILED),
        ("cache", "redis://127.0.0.1:1", State.WARNING),
        ("cache", "redis://", State.FAILED),
    ],
)
def test_servers_that_the_settings_name_are_asked(
    settings: Settings, name: str, url: str, state: State
) -> None:
    assert checks(msgspec.structs.replace(settings, **{name: url}))[name] is state


def test_without_servers_in_the_settings_none_is_asked(settings: Settings) -> None:
    assert not {"bus", "cache"} & checks(settings).keys()
