"""What all menders promise. Subclass it, name the subclass `Test...`, provide `home`: a store and its mender."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Status
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.mending import Line, Mender
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHOP, HOST = Domain(host="shop.test"), Address(ip="192.0.2.7")
RESOLVES = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, HOST.key)
NOTE = Comment(about=SHOP.key, id="1", text="first", author="bob")


class Home(NamedTuple):
    """A store and what mends it."""

    store: EntityStore
    mender: Mender

    async def fill(self, organisation: Organisation = ACME) -> None:
        """Let bob see two things, say something, and say it differently."""
        surface = SurfaceService(self.store, now=lambda: NOON)
        await surface.observe(
            organisation,
            Observations(capability="bob", seen_at=NOON, entities=(SHOP, HOST), relationships=(RESOLVES,)),
        )
        await surface.edit(organisation, [Edit(actor="bob", why="for bob", entity=NOTE)])
        await surface.edit(organisation, [Edit(actor="bob", key=NOTE.key, fields={"text": "second"})])


def without_bob(line: Line) -> Line:
    return msgspec.structs.replace(
        line,
        actor=line.actor.replace("bob", "nobody"),
        why=line.why.replace("bob", "nobody"),
        said=line.said.replace("bob", "nobody"),
    )


async def mended(home: Home, organisation: Organisation = ACME, **more: object) -> int:
    after, changed = 0, 0
    while True:
        done = await home.mender.mend(organisation, without_bob, why="asked", after=after, **more)
        after, changed = done.last, changed + done.changed
        if done.finished:
            return changed


class MenderContract:
    async def test_every_version_says_it_now_and_was_true_when_it_was(self, home: Home) -> None:
        await home.fill()
        before = (await home.store.versions(ACME, NOTE.key)).items

        await mended(home)

        after = (await home.store.versions(ACME, NOTE.key)).items
        assert [(one.valid_from, one.valid_to, one.change.sequence) for one in after] == [
            (one.valid_from, one.valid_to, one.change.sequence) for one in before
        ]
        assert [(one.entity.text, one.entity.author) for one in after] == [
            ("second", "nobody"),
            ("first", "nobody"),
        ]
        assert {one.change.actor for one in after} == {"nobody"}

    async def test_the_log_names_what_it_named_and_no_longer_who(self, home: Home) -> None:
        await home.fill()
        before = await home.store.changes(0, 100, organisation=ACME)

        await mended(home)

        after = await home.store.changes(0, 100, organisation=ACME)
        assert [(one.sequence, one.key, one.op, one.target) for one in after] == [
            (one.sequence, one.key, one.op, one.target) for one in before
        ]
        assert not any("bob" in one.actor + one.why for one in after)

    async def test_what_is_looked_up_by_a_mended_field_is_found(self, home: Home) -> None:
        await home.fill()

        await mended(home)

        for author, expected in (("bob", 0), ("nobody", 1)):
            where = parse_filter(f"author={author}", ("comment",))
            page = await home.store.find(ACME, Query(kinds=("comment",), where=where))
            assert len(page.items) == expected

    async def test_only_the_kinds_that_were_named_are_touched(self, home: Home) -> None:
        await home.fill()

        assert await mended(home, kinds=("comment",)) == 2
        assert await mended(home, kinds=("risk",)) == 0

        actors = {one.actor for one in await home.store.changes(0, 100, organisation=ACME)}
        assert actors == {"bob", "nobody"}

    async def test_a_walk_in_small_steps_reaches_everything_once(self, home: Home) -> None:
        await home.fill()

        assert await mended(home, limit=1) == 5
        assert await mended(home, limit=2) == 0

    async def test_of_two_who_mend_the_same_rows_at_once_neither_undoes_the_other(self, home: Home) -> None:
        await home.fill()

        def in_capitals(line: Line) -> Line:
            return msgspec.structs.replace(
                line, said=line.said.replace("first", "FIRST").replace("second", "SECOND")
            )

        await asyncio.gather(
            *(home.mender.mend(ACME, mend, why="asked") for mend in (without_bob, in_capitals) * 3)
        )

        versions = (await home.store.versions(ACME, NOTE.key)).items
        assert [(one.entity.text, one.entity.author) for one in versions] == [
            ("SECOND", "nobody"),
            ("FIRST", "nobody"),
        ]

    async def test_another_organisation_is_left_alone(self, home: Home) -> None:
        await home.fill()
        await home.fill(GLOBEX)

        await mended(home)
        await home.mender.rename_origin(ACME, "bob", "nobody", why="asked")

        [version, _] = (await home.store.versions(GLOBEX, NOTE.key)).items
        assert (version.entity.author, version.change.actor) == ("bob", "bob")
        assert (await home.store.get(GLOBEX, [SHOP.key]))[SHOP.key].origins == ("bob",)
        assert await home.mender.mendings(GLOBEX) == 0

    async def test_who_saw_it_is_renamed_in_entities_and_relationships(self, home: Home) -> None:
        await home.fill()
        surface = SurfaceService(home.store, now=lambda: NOON)
        seen = Observations(capability="ann", seen_at=NOON, entities=(SHOP,), relationships=())
        await surface.observe(ACME, seen)

        await home.mender.rename_origin(ACME, "bob", "aaa", why="asked")

        assert (await home.store.get(ACME, [SHOP.key]))[SHOP.key].origins == ("aaa", "ann")
        [edge] = (await home.store.edges(ACME, SHOP.key, direction="out")).items
        assert edge.origins == ("aaa",)
        assert await home.mender.rename_origin(ACME, "bob", "aaa", why="asked") == 0

    async def test_an_entity_whose_name_is_mended_keeps_its_history_and_its_ends(self, home: Home) -> None:
        await home.fill()

        def rename(line: Line) -> Line:
            if line.key != SHOP.key:
                return line
            other = Domain(host="x" * 60 + ".test")
            return msgspec.structs.replace(line, key=other.key, said=entity_doc(other))

        await home.mender.mend(ACME, rename, why="asked", kinds=("domain",))

        key = Domain(host="x" * 60 + ".test").key
        assert await home.store.get(ACME, [SHOP.key]) == {}
        assert (await home.store.get(ACME, [key]))[key].name == "x" * 60 + ".test"
        assert len((await home.store.versions(ACME, key)).items) == 1
        [edge] = (await home.store.edges(ACME, key, direction="out")).items
        assert (edge.source, edge.target) == (key, HOST.key)

    async def test_what_holds_no_more_says_since_when(self, home: Home) -> None:
        await home.fill()
        surface = SurfaceService(home.store, now=lambda: NOON)
        gone = Edit(actor="bob", key=HOST.key, status=Status.GONE)
        await surface.edit(ACME, [gone])
        seen: list[tuple[str, int | None]] = []

        def look(line: Line) -> Line:
            seen.append((line.key, line.over_us))
            return line

        await home.mender.mend(ACME, look, why="asked")

        over = [at_us for key, at_us in seen if key == HOST.key]
        # The first was followed by the second, which says from its first moment on that it is gone.
        assert over[0] == over[1] is not None
        assert [at_us for key, at_us in seen if key == SHOP.key] == [None]
        assert [at_us is None for key, at_us in seen if key == NOTE.key] == [False, True]

    async def test_what_was_mended_is_told(self, home: Home) -> None:
        await home.fill()
        assert await home.mender.mendings(ACME) == 0

        await mended(home)

        assert await home.mender.mendings(ACME) == 5

    async def test_what_cannot_be_mended_leaves_everything_as_it_was(self, home: Home) -> None:
        await home.fill()

        def refuse(line: Line) -> Line:
            raise LookupError(line.key)

        try:
            await home.mender.mend(ACME, refuse, why="asked")
        except LookupError:
            refused = True
        assert refused
        assert await home.mender.mendings(ACME) == 0
        await home.mender.settle()
