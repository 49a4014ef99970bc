import asyncio
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Key
from chariot.model.observations import Edit
from chariot.modules.surface.service import SurfaceService

from ..conftest import ACME, Run  # noqa: TID252 - a test package has no other name

APP = "http://app.example.com/"


def test_the_ways_in_are_told_step_by_step(scanned: Run) -> None:
    ran = scanned("paths", APP)

    assert ran.code == 0
    assert ran.out.index("exposed") < ran.out.index("exploit")
    assert "CVE-2021-41773" in ran.out
    assert "ends with: Mend CVE-2021-41773" in ran.out


def test_without_an_asset_that_matters_or_a_host_that_falls_there_is_no_path(scanned: Run) -> None:
    ran = scanned("paths")

    assert ran.code == 0
    assert "no path is known" in ran.out


def test_paths_as_json_have_everything(scanned: Run) -> None:
    (path,) = scanned("paths", APP, "--json").json["paths"]

    assert [step["move"] for step in path["steps"]] == ["exposed", "exploit"]
    assert path["steps"][1]["risks"] == ["#risk#webapplication#http://app.example.com/#CVE-2021-41773"]


@pytest.fixture
def marked(scanned: Run, tmp_path: Path) -> None:
    """Mark the application as critical."""
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "home" / "chariot.db"))
    edit = Edit(actor="anna", key=Key(f"#webapplication#{APP}"), tags={"criticality": "critical"})

    async def mark() -> None:
        await SurfaceService(store).edit(ACME, [edit])
        await store.close()

    asyncio.run(mark())


@pytest.mark.usefixtures("marked")
def test_a_plan_says_how_much_its_fixes_close(scanned: Run) -> None:
    ran = scanned("fix-plan")

    assert ran.code == 0
    assert "closes 100% of the paths" in ran.out
    assert "The smallest set that closes every path: 1" in ran.out
    assert scanned("fix-plan", "--json").json["steps"][0]["fix"]["kind"] == "mend"


def test_a_plan_for_nothing_says_so(scanned: Run) -> None:
    assert "no path is known" in scanned("fix-plan").out


def test_the_blast_radius_is_told(scanned: Run) -> None:
    ran = scanned("blast", "192.0.2.7")

    assert ran.code == 0
    assert "Whoever holds 192.0.2.7" in ran.out


def test_pruning_shows_what_would_leave_and_leaves_it(scanned: Run) -> None:
    ran = scanned("prune", "seed#example.com")

    assert "would leave the surface" in ran.out
    assert "#webapplication#http://app.example.com/" in ran.out
    assert "Nothing was changed" in ran.err
    assert scanned("show", "seed#example.com", "--json").json["status"] == "active"


def test_pruning_with_yes_excludes_what_was_named(scanned: Run) -> None:
    ran = scanned("prune", "192.0.2.7", "--yes", "--reason", "sold", "--json")

    assert ran.json["keys"] == ["#address#192.0.2.7"]
    shown = scanned("show", "192.0.2.7", "--json").json
    assert shown["status"] == "excluded"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("paths", "nobody.example.com"), 3),
        (("blast", "nobody.example.com"), 3),
        (("paths", "\x1b[31m"), 2),
        (("prune",), 2),
        (("fix-plan", "--steps", "0"), 2),
        (("fix-plan", "--as-of", "whenever"), 2),
    ],
)
def test_wrong_questions_are_refused_in_one_line(scanned: Run, arguments: tuple[str, ...], code: int) -> None:
    ran = scanned(*arguments)

    assert ran.code == code
    assert "Traceback" not in ran.err
