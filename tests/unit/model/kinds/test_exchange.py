from typing import Any

import pytest

from chariot.model.kinds.exchange import Import, ImportPage
from chariot.model.states import ImportState


def test_an_import_is_named_by_its_file_and_its_id() -> None:
    entry = Import(id="5cec414c46", file="scan.xml")

    assert (entry.key, entry.name) == ("#import#5cec414c46", "scan.xml (5cec414c46)")
    assert entry.state is ImportState.RUNNING


def test_a_page_belongs_to_its_import() -> None:
    assert ImportPage(owner="5cec414c46", number=3).key == "#importpage#5cec414c46#3"


@pytest.mark.parametrize("counts", [[], {"a b": 1}, {"new": -1}, {"new": "1"}, {"new": True}])
def test_counts_are_whole_numbers_by_name(counts: Any) -> None:
    with pytest.raises(ValueError, match="counts"):
        Import(id="a", counts=counts)


@pytest.mark.parametrize("journal", [5, "\0", None])
def test_a_journal_is_text(journal: Any) -> None:
    with pytest.raises(ValueError, match="journal"):
        ImportPage(owner="a", number=0, journal=journal)
