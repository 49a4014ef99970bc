"""The order of few rows is kept, and what is shown of it is asked anew."""

from itertools import pairwise

import msgspec
import pytest

from chariot.adapters.sql.cursors import encode_cursor
from chariot.adapters.sql.ranks import LONGEST, Order, Ranks, behind, order_of
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import Severity
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

from .test_tags import ACME, HOSTS, SHOP, path, see, store

__all__ = ["path", "store"]

RISKS = Query(kinds=("risk",), sight=SHOP, sort="-score", limit=2)


def risk(host: Domain, number: int, score: int | None, severity: Severity = Severity.LOW) -> Risk:
    return Risk(target=host.key, weakness=f"CVE-2024-{1_000 + number}", score=score, severity=severity)


async def keys(store: SqliteEntityStore, query: Query) -> list[str]:
    """Return the keys of all pages."""
    found: list[str] = []
    while True:
        page = await store.find(ACME, query)
        found += [record.key for record in page.items]
        if not page.cursor:
            return found
        query = msgspec.structs.replace(query, cursor=page.cursor)


@pytest.mark.parametrize("sort", ["-score", "score", "-updated", "key", "-severity"])
async def test_pages_of_an_order_that_is_kept_are_those_of_one_long_page(
    store: SqliteEntityStore, sort: str
) -> None:
    await see(store, *HOSTS[:3], tags={"team": "shop"})
    await see(store, *HOSTS[3:])
    scores = (None, 10, 20, 20, 5)
    await see(store, *(risk(HOSTS[n % 6], n, scores[n % 5]) for n in range(30)))
    query = msgspec.structs.replace(RISKS, sort=sort)
    whole = await store.find(ACME, msgspec.structs.replace(query, limit=100))

    assert len(whole.items) == 15
    assert await keys(store, query) == [one.key for one in whole.items]


async def test_what_was_written_since_is_in_the_order_at_once(store: SqliteEntityStore) -> None:
    await see(store, *HOSTS[:2], tags={"team": "shop"})
    first, second = risk(HOSTS[0], 1, 10), risk(HOSTS[1], 2, 20)
    await see(store, first, second)
    before = await keys(store, RISKS)
    await see(store, risk(HOSTS[0], 1, 30), risk(HOSTS[1], 3, 25))

    assert before == [second.key, first.key]
    assert await keys(store, RISKS) == [first.key, risk(HOSTS[1], 3, 25).key, second.key]


async def test_what_lost_its_tag_is_not_shown_from_an_order_that_is_kept(store: SqliteEntityStore) -> None:
    await see(store, *HOSTS[:2], tags={"team": "shop"})
    first, second = risk(HOSTS[0], 1, 10), risk(HOSTS[1], 2, 20)
    await see(store, first, second)
    page = await store.find(ACME, msgspec.structs.replace(RISKS, limit=1))
    await SurfaceService(store).edit(ACME, [Edit(actor="ada", key=HOSTS[0].key, tags={"team": None})])

    assert page.cursor
    assert await keys(store, msgspec.structs.replace(RISKS, cursor=page.cursor)) == []


async def test_who_may_see_less_is_shown_less_of_the_same_order(store: SqliteEntityStore) -> None:
    await see(store, *HOSTS[:2], tags={"team": "shop"})
    mild, bad = risk(HOSTS[0], 1, 10), risk(HOSTS[1], 2, 20, Severity.CRITICAL)
    await see(store, mild, bad)
    milder = (msgspec.structs.replace(SHOP[0], highest=Severity.HIGH),)

    assert await keys(store, RISKS) == [bad.key, mild.key]
    assert await keys(store, msgspec.structs.replace(RISKS, sight=milder)) == [mild.key]


def test_a_long_order_is_kept_as_far_as_it_goes() -> None:
    legs = [[(n, n, n) for n in range(LONGEST + 1)], [(0, None, 0, 0)]]

    order = order_of(legs)

    assert (len(order.rows), order.is_whole) == (LONGEST, False)
    assert order_of([legs[1], []]) == Order(((0, None, 0, 0),))


def test_the_orders_asked_for_last_are_kept() -> None:
    ranks = Ranks()
    long = Order(tuple((n,) for n in range(LONGEST)))
    for number in range(6):
        ranks.keep(number, 7, long)
        ranks.get(0, 7)

    assert ranks.get(0, 7) is long
    assert ranks.get(1, 7) is None
    assert ranks.get(5, 7) is long
    assert ranks.get(5, 8) is None


def test_what_stands_behind_a_cursor_is_found_though_its_row_is_gone() -> None:
    rows = ((1, 30, 1), (2, 20, 5), (3, 20, 2), (4, None, 9, 4))
    cursors = [encode_cursor("-score", *place) for place in ((25, 9), (20, 4), (20, 2), (None, 9, 4))]
    found = [behind(msgspec.structs.replace(RISKS, cursor=one), rows) for one in cursors]

    assert found == [rows[1:], rows[2:], rows[3:], ()]
    assert all(len(one) > len(other) for one, other in pairwise(found))


def test_a_cursor_of_another_type_is_refused() -> None:
    cursor = encode_cursor("-score", "high", 1)

    with pytest.raises(InvalidError):
        behind(msgspec.structs.replace(RISKS, cursor=cursor), ((1, 30, 1), (2, 20, 5)))
