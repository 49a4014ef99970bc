from aiohttp import web

from chariot.model.states import ImportState
from support.github_server import TOKEN, GitHubServer
from support.integrations import ACME, NUCLEI, World
from support.served import Faults, served


async def scan(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == '"1"':
        return web.Response(status=304)
    assert request.headers["X-Api-Key"] == "k3y"
    return web.Response(body=NUCLEI, headers={"ETag": '"1"'})


async def test_a_file_is_imported_when_it_changed(world: World) -> None:
    async with served(scan, Faults()) as address:
        await world.add(
            "nightly",
            type="url",
            address=f"{address}/out/scan.jsonl?token=x",
            secret="k3y",
            options={"header": "X-Api-Key", "format": "nuclei"},
        )
        said = await world.integrations.test(ACME, "nightly")
        first = await world.integrations.run(ACME, "nightly")
        second = await world.integrations.run(ACME, "nightly")

    entries = [entry async for entry in world.imports.ledger.all(ACME)]
    assert said == f"there is a file of {len(NUCLEI)} bytes"
    assert (first.outcome, first.counts["findings"], second.message) == ("done", 1, "it is as it was")
    assert [(entry.file, entry.state) for entry in entries] == [("scan.jsonl", ImportState.DONE)]


async def test_a_file_that_is_broken_fails_the_run_and_is_fetched_again(world: World) -> None:
    async def broken(_: web.Request) -> web.Response:
        return web.Response(body=b"\0\0\0", headers={"ETag": '"1"'})

    async with served(broken, Faults()) as address:
        await world.add("nightly", type="url", address=address)
        result = await world.integrations.run(ACME, "nightly")

    assert (result.outcome, (await world.integration("nightly")).memory) == ("failed", {})


async def test_code_scanning_goes_both_ways(world: World) -> None:
    github = GitHubServer(alerts=3)
    await world.see("CVE-2024-0001")
    async with served(github.handle, github.faults) as address:
        options = {"repository": "acme/shop", "filter": "score>=1", "pull": "code-scanning"}
        await world.add("github", type="github", address=address, secret=TOKEN, options=options)
        said = await world.integrations.test(ACME, "github")
        first = await world.integrations.run(ACME, "github")
        second = await world.integrations.run(ACME, "github")

    assert said == "GitHub shows us acme/shop"
    assert (first.counts["sent"], first.counts["findings"]) == (1, 3)
    assert (second.counts["unchanged"], second.counts["confirmed"] > 0) == (1, True)
    assert len(github.uploads) == 1


async def test_a_map_that_is_missing_fails_the_run(world: World) -> None:
    await world.add("csv", type="url", address="http://127.0.0.1:9/x.csv", options={"map": "maps/none.toml"})

    result = await world.integrations.run(ACME, "csv")

    assert (result.outcome, "maps/none.toml" in result.message) == ("failed", True)


async def test_a_hook_only_waits(world: World) -> None:
    await world.add("ci", type="webhook-in", secret="k" * 32)

    assert await world.integrations.test(ACME, "ci") == "it waits for others to send"
