"""People in the log: by pseudonym where it is kept, by name where it is read, by neither when they were forgotten."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.aliases import SqliteAliases
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.modules.audit.aliases import Alias
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Question
from chariot.modules.audit.pseudonyms import Pseudonyms
from chariot.modules.audit.service import AuditService
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.privacy.subject import Subject
from support.vaults import ACME, SealedWorld

ANN = "user:wilhelmina"
ANNS_KEY, ANNS_PATH = "#member#user:wilhelmina", "/api/v1/members/user%3Awilhelmina/sight"


class Log:
    """A log in which people have pseudonyms, and a clock that says when a name is looked up again."""

    def __init__(self, world: SealedWorld) -> None:
        folder = world.folder / "audit"
        self.world = world
        self.clock = 0.0
        self.raw = SqliteAuditLog(world.database)
        self.aliases = SqliteAliases(world.database)
        self.pseudonyms = Pseudonyms(self.aliases, world.vault, clock=lambda: self.clock)
        self.audit = AuditService(
            self.raw, FileSigner(folder), FileAnchors(folder), pseudonyms=self.pseudonyms
        )

    async def tell(self, actor: str, what: str = "") -> None:
        await self.audit.record(Entry(organisation=ACME, actor=actor, action="members:write", object=what))

    async def shown(self, **asked: str) -> list[tuple[str, str]]:
        found, _ = await self.audit.find(ACME, Question(**asked))
        return [(one.actor, one.object) for one in reversed(found)]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    world = SealedWorld(tmp_path)
    made = Log(world)
    yield made
    await made.audit.close()
    await world.database.close()


async def test_no_byte_of_the_files_names_a_person_and_readers_are_told_who(log: Log) -> None:
    for what in (ANNS_KEY, ANNS_PATH, "#domain#shop.example.com"):
        await log.tell(ANN, what)
    await log.tell("Wilhelmina Quxford", "#user#wilhelmina")

    assert log.world.files_with("ilhelmina") == []
    assert await log.shown() == [
        (ANN, ANNS_KEY),
        (ANN, ANNS_PATH),
        (ANN, "#domain#shop.example.com"),
        ("Wilhelmina Quxford", "#user#wilhelmina"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_alias AS a SET name = {other} AND o.pseudonym NOT LIKE '%=') WHERE pseudonym NOT LIKE '%='",
        "UPDATE audit_alias AS a SET name = {other} AND (o.pseudonym LIKE '%=') = (a.pseudonym LIKE '%='))",
        "DELETE FROM audit_alias WHERE pseudonym LIKE '%='",
        "UPDATE audit_alias AS a SET name = {other} AND o.pseudonym NOT LIKE '%=') WHERE pseudonym LIKE '%='",
        "UPDATE audit_alias SET name = 'user:bob'",
        "UPDATE audit_alias SET name = 'sealed:2:1:AAAA' WHERE pseudonym LIKE '%='",
        (
            "UPDATE audit_alias SET name = CASE WHEN pseudonym LIKE '%='"
            " THEN char(30) || rtrim(pseudonym, '=') || ' user:bob' ELSE 'user:bob' END"
        ),
    ],
    ids=[
        "each takes the name of the other",
        "and the proof of the other",
        "no proof",
        "a name for a proof",
        "a plain name",
        "a proof that cannot be opened",
        "a plain proof",
    ],
)
async def test_nobody_s_name_is_put_in_the_place_of_another(log: Log, statement: str) -> None:
    await log.tell(ANN)
    await log.tell("user:bob")
    whole = (await log.audit.verify(ACME)).holds
    made = statement.replace("{other}", "(SELECT name FROM old AS o WHERE o.pseudonym <> a.pseudonym")

    await log.world.database.write(
        lambda connection: connection.execute(
            f"CREATE TEMP TABLE old AS SELECT * FROM audit_alias; {made}; DROP TABLE old"
        ).fetchall()
    )
    found = await log.audit.verify(ACME)

    (first, _), (second, _) = await log.shown()
    assert whole
    assert not found.holds
    assert "another name was put behind ~" in found.faults[0].reason
    assert first == ANN or first.startswith("~")
    assert second == "user:bob" or second.startswith("~")


async def test_a_pseudonym_from_before_there_were_proofs_is_read_and_not_written_any_more(log: Log) -> None:
    await log.world.vault.ready(ACME)
    old = Alias("~0123456789abcdef", log.world.vault.seal(ACME, ANN))
    await log.aliases.add(ACME, old)

    await log.tell(old.pseudonym)
    await log.tell(ANN)

    first, second = (row.actor for row in await log.raw.rows(ACME, after=0, limit=9))
    assert (first, len(second)) == (old.pseudonym, 21)
    assert await log.shown(actor=ANN) == [(ANN, ""), (ANN, "")]
    assert (await log.audit.verify(ACME)).holds


async def test_one_person_has_one_pseudonym_also_after_the_key_was_changed(log: Log) -> None:
    await log.tell(ANN)
    await log.world.keys.rotate(ACME, "lead")
    log.clock += 3_600
    await log.tell(ANN)

    assert len({row.actor for row in await log.raw.rows(ACME, after=0, limit=9)}) == 1
    assert await log.shown(actor=ANN) == [(ANN, ""), (ANN, "")]


async def test_entries_are_found_by_actor_and_by_object(log: Log) -> None:
    await log.tell(ANN, "#domain#a.example.com")
    await log.tell("user:bob", ANNS_KEY)
    await log.tell("user:bob", ANNS_PATH)

    assert await log.shown(actor=ANN) == [(ANN, "#domain#a.example.com")]
    assert await log.shown(object=ANNS_KEY) == [("user:bob", ANNS_KEY)]
    assert await log.shown(object=ANNS_PATH) == [("user:bob", ANNS_PATH)]
    assert await log.shown(actor="user:nobody") == await log.shown(object="#user#nobody") == []


async def test_what_was_written_before_there_were_pseudonyms_is_still_found(log: Log) -> None:
    old = AuditService(
        log.raw, FileSigner(log.world.folder / "audit"), FileAnchors(log.world.folder / "audit")
    )
    await old.record(Entry(organisation=ACME, actor=ANN, action="risks:write"))
    await log.tell(ANN)

    assert len(await log.shown(actor=ANN)) == 2
    assert (await log.audit.verify(ACME)).holds


@pytest.mark.parametrize("actor", ["", "schedule", "token", "key:ci:0a1b2c", "integration:jira", "hook:push"])
async def test_programs_are_no_people(log: Log, actor: str) -> None:
    await log.tell(actor)

    assert [row.actor for row in await log.raw.rows(ACME, after=0, limit=9)] == [actor]


async def test_who_is_erased_is_nobody_in_the_log_and_the_log_still_holds(log: Log) -> None:
    await log.tell(ANN, "#domain#a.example.com")
    await log.tell("user:bob", ANNS_PATH)
    privacy = PrivacyService(log.world.store, log.world.mender, log.world.vault, log.audit, _Trail(log.audit))

    done = await privacy.erase(["wilhelmina"], actor="user:bob", why="asked", organisation=ACME)

    assert (done.audit_entries, list(done.organisations)) == (0, [ACME])
    (first, second, third) = await log.shown()
    assert first[0].startswith("~")
    assert second == ("user:bob", f"/api/v1/members/{second[1].split('/')[4]}/sight")
    assert "ilhelmina" not in str((first, second, third))
    assert (await log.audit.verify(ACME)).holds
    names = [log.world.vault.open(ACME, one.name) for one in await log.aliases.page(ACME, after="", limit=9)]
    assert [one.rpartition(" ")[2] for one in names] == ["user:bob", "user:bob"]


async def test_who_erases_themselves_is_not_named_as_having_done_so(log: Log) -> None:
    await log.tell(ANN)
    privacy = PrivacyService(log.world.store, log.world.mender, log.world.vault, log.audit, _Trail(log.audit))

    done = await privacy.erase(["wilhelmina"], actor=ANN, why="asked", organisation=ACME)

    assert (await log.shown())[-1] == (done.pseudonym, done.pseudonym)


async def test_who_acts_again_after_an_erasure_has_another_pseudonym(log: Log) -> None:
    await log.tell(ANN)
    await log.audit.forget(ACME, Subject(["wilhelmina"]).is_meant)
    await log.tell(ANN)

    actors = [row.actor for row in await log.raw.rows(ACME, after=0, limit=9)]
    assert len(set(actors)) == 2
    assert [one for one, _ in await log.shown()] == [actors[0], ANN]


async def test_of_an_organisation_that_left_pseudonyms_remain(log: Log) -> None:
    await log.tell(ANN)
    await log.world.keys.shred(ACME, "lead")

    ((actor, _),) = await log.shown()
    assert actor.startswith("~")


class _Trail:
    def __init__(self, audit: AuditService) -> None:
        self._audit = audit
        self.forget = audit.forget

    async def count(self, organisation: str, actor: str) -> int:
        return len((await self._audit.find(organisation, Question(actor=actor)))[0])
