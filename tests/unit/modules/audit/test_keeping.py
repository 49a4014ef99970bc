from datetime import timedelta

import pytest

from chariot.adapters.keyfile.audit import FileSigner
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.keeping import Keeper
from chariot.modules.audit.seals import Checkpoint, Head, Signed, opened

ACME = Organisation("acme")
ONE = [Entry(organisation=ACME, actor="a", action="b")]
HOUR_US = 3_600_000_000


@pytest.fixture
def keeper(signer: FileSigner) -> Keeper:
    return Keeper(signer, checkpoint_entries=3, checkpoint_every=timedelta(hours=1))


def test_the_first_entry_sets_a_checkpoint_and_then_every_few(keeper: Keeper) -> None:
    head: Signed | None = None
    set_at = []
    for number in range(8):
        addition = keeper.extended(ACME, head, ONE, number)
        head = addition.head
        if addition.checkpoint is not None:
            set_at.append(addition.checkpoint[0])

    assert set_at == [1, 4, 7]


def test_the_first_entry_after_a_while_sets_a_checkpoint(keeper: Keeper) -> None:
    first = keeper.extended(ACME, None, ONE, 0)

    later = keeper.extended(ACME, first.head, ONE, HOUR_US)

    assert later.checkpoint is not None
    assert first.checkpoint is not None
    assert opened(later.checkpoint[1], Checkpoint).previous == first.checkpoint[1].digest


def test_a_clock_that_was_put_back_does_not_put_the_log_back(keeper: Keeper) -> None:
    first = keeper.extended(ACME, None, ONE, 100)

    second = keeper.extended(ACME, first.head, ONE, 50)

    assert second.rows[0].at_us == 100


def test_a_checkpoint_is_not_set_twice_at_the_same_entry(keeper: Keeper) -> None:
    head = keeper.extended(ACME, None, ONE, 0).head

    assert keeper.marked(ACME, head, 5) is None


def test_the_log_begins_behind_the_checkpoint_that_stands_for_what_went(keeper: Keeper) -> None:
    first = keeper.extended(ACME, None, ONE, 0)
    assert first.checkpoint is not None

    cut = keeper.begun(ACME, first.head, first.checkpoint[1], ONE, 10)

    assert cut is not None
    assert (cut.start, opened(cut.head, Head).start_hash) == (1, first.rows[0].hash.hex())
    assert keeper.begun(ACME, cut.head, first.checkpoint[1], ONE, 10) is None


def test_nothing_is_built_on_a_head_of_somebody_else(keeper: Keeper) -> None:
    theirs = keeper.extended(Organisation("globex"), None, ONE, 0).head

    with pytest.raises(ConfigurationError, match="another organisation"):
        keeper.extended(ACME, theirs, ONE, 1)
