import asyncio

import pytest

from chariot.adapters.sqlite.receipts import SqliteReceipts
from chariot.entrypoints.rest.idempotency import IdempotencyKeys
from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.problems import ReusedKeyError
from chariot.errors import ConflictError, InvalidError
from chariot.model.keys import Organisation
from chariot.modules.receipts.memory import MemoryReceipts

ACME = Organisation("acme")
ME = ("ann", "start_scan")


class Work:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> Answer:
        self.done += 1
        return Answer(body=str(self.done).encode(), status=202)


@pytest.fixture
def keys() -> IdempotencyKeys:
    return IdempotencyKeys(MemoryReceipts())


async def test_the_same_request_with_the_same_key_is_done_once(keys):
    work = Work()
    first = await keys.once(ACME, ME, "k", b"{}", work)
    again = await keys.once(ACME, ME, "k", b"{}", work)

    assert (work.done, again.body, again.status) == (1, first.body, 202)
    assert again.headers == {"idempotency-replayed": "true"}


async def test_another_request_with_the_same_key_is_refused(keys):
    await keys.once(ACME, ME, "k", b"{}", Work())

    with pytest.raises(ReusedKeyError, match="another request"):
        await keys.once(ACME, ME, "k", b"[]", Work())


async def test_the_same_key_of_somebody_else_is_another_key(keys):
    work = Work()
    await keys.once(ACME, ME, "k", b"{}", work)
    await keys.once(ACME, ("bob", "start_scan"), "k", b"{}", work)

    assert work.done == 2


async def test_a_repeat_while_the_first_is_at_work_is_refused(keys):
    go = asyncio.Event()

    async def slow() -> Answer:
        await go.wait()
        return Answer(body=b"")

    first = asyncio.create_task(keys.once(ACME, ME, "k", b"{}", slow))
    await asyncio.sleep(0)
    with pytest.raises(ReusedKeyError, match="still at work"):
        await keys.once(ACME, ME, "k", b"{}", slow)
    go.set()
    await first


async def test_what_failed_can_be_tried_again(keys):
    async def fails() -> Answer:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await keys.once(ACME, ME, "k", b"{}", fails)

    assert (await keys.once(ACME, ME, "k", b"{}", Work())).body == b"1"


async def test_the_same_key_in_another_organisation_is_another_key(keys):
    work = Work()
    await keys.once(ACME, ME, "k", b"{}", work)
    await keys.once(Organisation("globex"), ME, "k", b"{}", work)

    assert work.done == 2


async def test_a_restart_forgets_no_key(database):
    work = Work()
    await IdempotencyKeys(SqliteReceipts(database)).once(ACME, ME, "k", b"{}", work)

    again = await IdempotencyKeys(SqliteReceipts(database)).once(ACME, ME, "k", b"{}", work)

    assert (work.done, again.body) == (1, b"1")


async def test_an_answer_with_a_secret_is_not_kept(database):
    keys = IdempotencyKeys(SqliteReceipts(database))
    await keys.once(ACME, ME, "k", b"{}", Work(), keeps=False)

    with pytest.raises(ReusedKeyError, match="was not kept"):
        await keys.once(ACME, ME, "k", b"{}", Work(), keeps=False)


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201, "a\n"])
async def test_a_key_is_visible_ascii(keys, key):
    with pytest.raises(InvalidError, match="idempotency-key"):
        await keys.once(ACME, ME, key, b"{}", Work())
