"""Where things are: kept beside each of them from when somebody first sees some places alone.

Most installations have nobody like that, and each new entity would cost an eighth more. That the index is there says
that every row has its place; whoever writes looks for it.
"""

import apsw

from chariot.adapters.sqlite.dialect import PLACE_OF
from chariot.adapters.sqlite.migrations import PLACE_SLOT, kind_ids, wanted_indexes
from chariot.modules.surface.places import PLACED

_COLUMN = f"fact_{PLACE_SLOT}"
((_NAME, _BODY),) = wanted_indexes([PLACE_SLOT]).items()
# Every write asks, and the engine has the names of indexes at hand; the table of its schema is walked.
_LOOK = "SELECT 1 FROM pragma_index_info(?)"


def keeps_places(connection: apsw.Connection) -> bool:
    """Tell whether each row has its place, and the places have an index."""
    return connection.execute(_LOOK, (_NAME,)).fetchone() is not None


def keep_places(connection: apsw.Connection) -> None:
    """Give each row its place, and the places an index; harmless when they have it."""
    if keeps_places(connection):
        return
    numbers = kind_ids(connection)
    placed = ", ".join(str(numbers[kind]) for kind in sorted(PLACED))
    connection.execute(
        f"UPDATE version SET {_COLUMN} = {PLACE_OF}(key) WHERE {_COLUMN} IS NULL AND kind IN ({placed})"
    )
    connection.execute(f'CREATE INDEX "{_NAME}" {_BODY}')
