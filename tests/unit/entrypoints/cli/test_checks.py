from pathlib import Path

import msgspec
import pytest

from chariot.entrypoints.cli.checks import State, run_checks
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


def test_authorities_that_are_not_there_are_a_warning(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path), resolver="nonsense", ca_file=str(tmp_path / "ca.pem"))

    assert checks(settings)["authorities"] is State.WARNING
