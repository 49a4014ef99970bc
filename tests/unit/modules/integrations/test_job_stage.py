import asyncio
import json
from hashlib import sha256

import pytest

from chariot.model.kinds.integration import ImportJob
from chariot.model.states import ImportJobState, ImportState
from chariot.modules.integrations.jobs import Asked, blob_of
from chariot.modules.surface.query import Query
from support.integrations import ACME, NUCLEI, World, chunks

LIMIT = 50_000_000


def many(count: int) -> bytes:
    """Return a file that is long enough to be stopped in its middle."""
    return b"".join(NUCLEI.replace(b"weak-cipher", f"weak-{number}".encode()) for number in range(count))


async def accept(world: World, data: bytes, **asked) -> ImportJob:
    return await world.jobs.accept(ACME, chunks(data), Asked(**asked), actor="ann", limit_bytes=LIMIT)


async def risks(world: World) -> int:
    return len((await world.store.find(ACME, Query(kinds=("risk",), limit=1_000))).items)


async def test_a_job_ends_with_the_report_that_the_command_line_writes(world: World) -> None:
    job = await accept(world, NUCLEI, file="scan.jsonl")

    await world.work()

    done = await world.jobs.get(ACME, job.id)
    report = json.loads(done.report)
    entry = await world.imports.ledger.get(ACME, done.import_id)
    assert (done.state, done.percent, done.findings) == (ImportJobState.DONE, 100, 1)
    assert (report["file"], report["format"], report["risks"]) == ("scan.jsonl", "nuclei", 1)
    assert (entry.file, entry.requested_by) == ("scan.jsonl", "ann")
    assert await world.blobs.size(ACME, blob_of(job)) is None


async def test_a_preview_writes_nothing(world: World) -> None:
    job = await accept(world, NUCLEI, dry_run=True)

    await world.work()

    done = await world.jobs.get(ACME, job.id)
    assert (json.loads(done.report)["written"], done.import_id, await risks(world)) == (False, "", 0)


@pytest.mark.parametrize(
    ("data", "format_name", "place"),
    [
        (b"", "auto", "upload"),
        (b"\x00\xff\x00nothing", "auto", "upload"),
        (b'<?xml version="1.0"?><nmaprun scanner="nmap"><host>', "nmap", "line 1"),
        (b"\x1f\x8b broken", "auto", "offset"),
    ],
)
async def test_a_hostile_file_is_a_failed_job_with_its_place(
    world: World, data: bytes, format_name: str, place: str
) -> None:
    job = await accept(world, data, format=format_name)

    await world.work()

    failed = await world.jobs.get(ACME, job.id)
    refused = json.loads(failed.report)
    assert (failed.state, failed.import_id) == (ImportJobState.FAILED, "")
    assert place in failed.error_place
    assert (refused["written"], refused["errors"][0]["reason"]) == (False, failed.error)


async def test_a_job_that_is_paused_goes_on_to_the_same_end(world: World) -> None:
    job = await accept(world, many(3_000))
    working = asyncio.create_task(world.work())
    await _until(world, job, lambda one: one.state is ImportJobState.RUNNING)
    await world.jobs.ask(ACME, job.id, ImportJobState.PAUSED, actor="ann")
    await working
    paused = await world.jobs.get(ACME, job.id)

    await world.jobs.ask(ACME, job.id, ImportJobState.QUEUED, actor="ann")
    await world.work()

    done = await world.jobs.get(ACME, job.id)
    assert paused.state is ImportJobState.PAUSED
    assert (done.state, done.findings, json.loads(done.report)["findings"]) == (
        ImportJobState.DONE,
        3_000,
        3_000,
    )


async def test_a_job_that_is_cancelled_takes_back_what_it_wrote(world: World) -> None:
    job = await accept(world, many(3_000))
    working = asyncio.create_task(world.work())
    await _until(world, job, lambda one: one.state is ImportJobState.RUNNING)

    asked = await world.jobs.ask(ACME, job.id, ImportJobState.CANCELLING, actor="ann")
    await working
    await world.work()

    cancelled = await world.jobs.get(ACME, job.id)
    assert (asked.state, asked.finished_at) == (ImportJobState.CANCELLING, None)
    assert (cancelled.state, bool(cancelled.finished_at)) == (ImportJobState.CANCELLED, True)
    assert await risks(world) == 0
    assert await world.blobs.size(ACME, blob_of(job)) is None


async def test_what_came_to_its_end_before_it_was_cancelled_is_taken_back_too(world: World) -> None:
    job = await accept(world, NUCLEI)
    await world.work()
    done = await world.jobs.get(ACME, job.id)
    # A process that died between the last batch and the word that the job is done.
    await world.jobs.set(ACME, job, actor="test", state=ImportJobState.RUNNING, finished_at=None)

    await world.jobs.ask(ACME, job.id, ImportJobState.CANCELLING, actor="ann")
    await world.work()

    cancelled = await world.jobs.get(ACME, job.id)
    assert (cancelled.state, cancelled.import_id) == (ImportJobState.CANCELLED, done.import_id)
    assert await risks(world) == 0


async def test_a_cancelled_preview_leaves_the_import_of_the_same_file_alone(world: World) -> None:
    begun = await world.imports.ledger.begin(
        ACME, file="a", sha256=sha256(NUCLEI).hexdigest(), size_bytes=1, format_name="nuclei", who="bob"
    )
    job = await accept(world, NUCLEI, dry_run=True)

    await world.jobs.ask(ACME, job.id, ImportJobState.CANCELLING, actor="ann")
    await world.work()

    assert (await world.jobs.get(ACME, job.id)).state is ImportJobState.CANCELLED
    assert (await world.imports.ledger.get(ACME, begun.id)).state is ImportState.RUNNING


async def _until(world: World, job: ImportJob, holds) -> None:
    async with asyncio.timeout(30):
        # The state stands in a store, which wakes nobody.
        while not holds(await world.jobs.get(ACME, job.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_job_is_done_once_however_often_its_message_comes(world: World) -> None:
    await accept(world, NUCLEI)
    (delivery,) = await world.bus.lease("import", limit=1, lease_s=30, owner="test")

    await world.stage.handle(delivery.message)
    await world.stage.handle(delivery.message)

    page = await world.store.find(ACME, Query(kinds=("import",)))
    assert len(page.items) == 1


async def test_a_file_that_was_deleted_meanwhile_is_a_failed_job(world: World) -> None:
    job = await accept(world, NUCLEI)
    await world.blobs.delete(ACME, blob_of(job))

    await world.work()

    assert (await world.jobs.get(ACME, job.id)).error.startswith("the file is not kept here")
