import asyncio
from datetime import timedelta

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.observations import Edit
from chariot.model.states import ImportJobState
from chariot.modules.integrations.jobs import Asked, blob_of, file_name, map_text
from support.integrations import ACME, NUCLEI, World, chunks

LIMIT = 10_000


async def accept(world: World, data: bytes = NUCLEI, job_id: str = "", **asked):
    return await world.jobs.accept(
        ACME, chunks(data), Asked(**asked), actor="ann", limit_bytes=LIMIT, job_id=job_id
    )


async def test_a_file_waits_to_be_imported(world: World) -> None:
    job = await accept(world, file="../x/scan.jsonl")

    assert (job.file, job.state, job.size_bytes) == ("scan.jsonl", ImportJobState.QUEUED, len(NUCLEI))
    assert [depth.live for depth in await world.bus.depths()] == [1]


async def test_the_same_id_is_taken_once(world: World) -> None:
    first = await accept(world, job_id="a")

    second = await accept(world, b"other", job_id="a")

    assert second.sha256 == first.sha256
    assert [depth.live for depth in await world.bus.depths()] == [1]


@pytest.mark.parametrize(
    ("asked", "place"),
    [({"format": "nope"}, "format"), ({"map": "not toml ["}, "")],
)
async def test_what_cannot_be_asked_keeps_nothing(world: World, asked: dict[str, str], place: str) -> None:
    with pytest.raises(InvalidError) as raised:
        await accept(world, **asked)

    assert place in raised.value.place
    assert not await world.bus.depths()


async def test_a_file_that_is_too_large_is_no_job(world: World) -> None:
    with pytest.raises(InvalidError, match="larger"):
        await accept(world, b"x" * (LIMIT + 1))

    assert not await world.bus.depths()


async def test_another_organisation_has_no_such_job(world: World) -> None:
    job = await accept(world)

    with pytest.raises(NotFoundError):
        await world.jobs.get("other", job.id)  # type: ignore[arg-type]  # a plain name is one


async def test_a_job_that_ended_cannot_be_paused(world: World) -> None:
    job = await accept(world)
    await world.work()

    with pytest.raises(ConflictError, match="done"):
        await world.jobs.ask(ACME, job.id, ImportJobState.PAUSED, actor="ann")
    with pytest.raises(ConflictError, match="preview"):
        await world.jobs.apply(ACME, job.id, actor="ann")


async def test_a_preview_can_be_imported_without_sending_it_again(world: World) -> None:
    job = await accept(world, dry_run=True)
    await world.work()
    assert await world.store.last_sequence() > 0

    await world.jobs.apply(ACME, job.id, actor="ann")
    await world.work()

    done = await world.jobs.get(ACME, job.id)
    assert (done.state, bool(done.import_id), done.dry_run) == (ImportJobState.DONE, True, False)


async def test_of_two_that_send_the_same_at_once_one_is_taken(world: World) -> None:
    one, other = await asyncio.gather(accept(world, job_id="a"), accept(world, job_id="a"))

    assert one == other
    assert [depth.live for depth in await world.bus.depths()] == [1]


async def test_of_two_that_import_a_preview_at_once_one_does(world: World) -> None:
    job = await accept(world, dry_run=True)
    await world.work()

    asked = [world.jobs.apply(ACME, job.id, actor=who) for who in ("ann", "bob")]
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert sorted(isinstance(one, ConflictError) for one in answers) == [False, True]


async def test_a_crash_before_the_message_is_mended_by_the_clock(world: World) -> None:
    job = await accept(world, job_id="a")
    # The job of a process that died between keeping it and asking for its work.
    lost = await world.jobs.find(ACME, "a")
    assert lost is not None
    entity = type(lost)(id="lost", file=lost.file, sha256=lost.sha256, asked_at=lost.asked_at)
    await world.surface.edit(ACME, [Edit(actor="test", entity=entity)])
    await world.blobs.put(ACME, blob_of(entity), chunks(NUCLEI), limit_bytes=LIMIT)
    world.now += timedelta(minutes=5)

    await world.jobs.tidy(ACME)
    await world.work()

    assert (await world.jobs.get(ACME, "lost")).state is ImportJobState.DONE
    assert (await world.jobs.get(ACME, job.id)).state is ImportJobState.DONE


async def test_a_cancelled_job_whose_message_was_lost_is_taken_back_by_the_clock(world: World) -> None:
    job = await accept(world)
    (delivery,) = await world.bus.lease("import", limit=1, lease_s=30, owner="test")
    await world.bus.ack([delivery])
    # The process died between writing the wish and asking for the work.
    await world.jobs.set(ACME, job, actor="ann", state=ImportJobState.CANCELLING, runs=2)
    world.now += timedelta(minutes=5)

    await world.jobs.tidy(ACME)
    await world.work()

    assert (await world.jobs.get(ACME, job.id)).state is ImportJobState.CANCELLED


async def test_a_job_that_was_given_up_is_told_as_failed(world: World) -> None:
    job = await accept(world)
    await world.jobs.set(ACME, job, actor="import", state=ImportJobState.RUNNING)
    world.now += timedelta(hours=1)
    await world.jobs.tidy(ACME)
    assert (await world.jobs.get(ACME, job.id)).state is ImportJobState.RUNNING
    world.now += timedelta(hours=6)

    await world.jobs.tidy(ACME)

    told = await world.jobs.get(ACME, job.id)
    assert told.state is ImportJobState.FAILED
    assert "given up" in told.error


async def test_what_ended_long_ago_leaves_with_its_file(world: World) -> None:
    job = await accept(world, dry_run=True)
    await world.work()
    world.now += timedelta(days=8)

    assert await world.jobs.tidy(ACME) == 1
    assert await world.blobs.size(ACME, blob_of(job)) is None


async def test_a_map_is_a_kept_file(world: World) -> None:
    await world.files.keep(ACME, "maps/a.toml", chunks(b"x = 1"), limit_bytes=LIMIT, actor="ann")

    assert (await map_text(world.files, ACME, "maps/a.toml"), await map_text(world.files, ACME, "")) == (
        "x = 1",
        "",
    )
    with pytest.raises(NotFoundError):
        await map_text(world.files, ACME, "maps/b.toml")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("scan.xml", "scan.xml"),
        ("C:\\scans\\a.xml", "a.xml"),
        ("../../etc/passwd", "passwd"),
        ("..", "upload"),
        ("", "upload"),
        ("a\nb\x1b.xml", "a?b?.xml"),
        ("/", "upload"),
    ],
)
def test_a_file_name_is_harmless(given: str, name: str) -> None:
    assert file_name(given) == name


def test_a_long_file_name_fits_into_a_file_system() -> None:
    assert len(file_name("é" * 5_000).encode()) <= 200
