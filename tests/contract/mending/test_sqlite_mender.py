from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from mender_contract import ACME, Home, MenderContract, mended

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.mending import SqliteMender


class TestSqlite(MenderContract):
    @pytest.fixture
    async def home(self, tmp_path: Path) -> AsyncIterator[Home]:
        database = SqliteDatabase(tmp_path / "t.db")
        yield Home(SqliteEntityStore(database), SqliteMender(database))
        await database.close()

    async def test_no_byte_of_the_files_says_what_was_mended(self, home: Home, tmp_path: Path) -> None:
        await home.fill()
        await mended(home)
        await home.mender.rename_origin(ACME, "bob", "nobody", why="asked")

        await home.mender.settle()

        assert _files_with(tmp_path, b"bob") == []

    async def test_what_tells_of_mending_cannot_be_changed(self, home: Home, tmp_path: Path) -> None:
        await home.fill()
        await mended(home)

        connection = apsw.Connection(str(tmp_path / "t.db"))
        with pytest.raises(apsw.ConstraintError):
            connection.execute("DELETE FROM mending")
        with pytest.raises(apsw.ConstraintError):
            connection.execute("UPDATE mending SET why = ''")
        connection.close()


def _files_with(folder: Path, text: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if text in file.read_bytes()]
