"""Code scanning with a repository that behaves as GitHub's reference says, over real sockets."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from chariot.errors import InvalidError, UnavailableError
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import File
from chariot.model.states import RiskState
from chariot.modules.integrations.code_scanning import CodeHostOptions, CodeScanning
from chariot.modules.integrations.types import CODE
from chariot.modules.surface.query import Query
from support.github_server import HEAD, TOKEN, GitHubServer
from support.integrations import ACME, World
from support.served import served

OPTIONS = CodeHostOptions(repository="acme/shop", filter="score>=1", pull="code-scanning")


class Hosted:
    def __init__(self, world: World, github: GitHubServer, address: str) -> None:
        self.world = world
        self.github = github
        self.address = address

    async def push(self, memory: dict[str, str], **chosen: str) -> dict[str, str]:
        options = msgspec.structs.replace(OPTIONS, **chosen)
        return await self._with(lambda scanning: scanning.push(ACME, options, memory))

    async def pull(self) -> CodeScanning:
        async def pull(scanning: CodeScanning) -> CodeScanning:
            await scanning.pull(ACME, OPTIONS, "integration:github")
            return scanning

        return await self._with(pull)

    async def _with(self, work):
        options = {"repository": "acme/shop"}
        async with self.world.systems.code_host(self.address, TOKEN, options) as host:
            scanning = CodeScanning(host, self.world.exports, self.world.imports, sleep=self.world.sleep)
            return await work(scanning)


@pytest.fixture
async def hosted(world: World) -> AsyncIterator[Hosted]:
    github = GitHubServer(alerts=5)
    async with served(github.handle, github.faults) as address:
        yield Hosted(world, github, address)


async def test_findings_are_sent_once_for_each_state_of_the_surface(hosted: Hosted) -> None:
    await hosted.world.see("CVE-2024-0001")
    hosted.github.polls_until_done = 3

    memory = await hosted.push({})
    await hosted.push(memory)

    (upload,) = hosted.github.uploads
    assert (upload["commit_sha"], upload["ref"]) == (HEAD, "refs/heads/main")
    assert upload["sarif"]["runs"][0]["results"][0]["ruleId"] == "CVE-2024-0001"
    assert hosted.world.slept == [2.0, 2.0]


async def test_a_new_finding_is_sent(hosted: Hosted) -> None:
    await hosted.world.see("CVE-2024-0001")
    memory = await hosted.push({})
    await hosted.world.see("CVE-2024-0002")

    await hosted.push(memory)

    assert len(hosted.github.uploads) == 2


async def test_what_goes_out_is_open_and_of_this_repository(hosted: Hosted) -> None:
    told = {
        "github.com/Acme/Shop/src/a.py": "eval",
        "github.com/acme/other/src/b.py": "eval",
        "src/c.py": "eval",
        "src/d.py": "mended",
    }
    await hosted.world.see_in_code(told)
    mended = Risk(target=File(path="src/d.py").key, weakness="mended")
    await hosted.world.decide(mended.key, RiskState.REMEDIATED)

    await hosted.push({}, filter=CODE)

    (upload,) = hosted.github.uploads
    places = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in upload["sarif"]["runs"][0]["results"]
    ]
    assert places == ["src/a.py", "src/c.py"]


async def test_our_own_alerts_do_not_come_back(hosted: Hosted) -> None:
    for alert in hosted.github.alerts[:4]:
        alert["tool"] = {"name": "Chariot"}

    scanning = await hosted.pull()

    assert scanning.counts["findings"] == 1


async def test_what_the_host_refuses_is_told_with_its_reason(hosted: Hosted) -> None:
    hosted.github.errors = ["rejecting SARIF,\nas there are more runs than allowed"]

    with pytest.raises(InvalidError, match="rejecting SARIF, as there are more runs"):
        await hosted.push({})


async def test_a_host_that_never_ends_is_given_up(hosted: Hosted) -> None:
    hosted.github.polls_until_done = 1_000

    with pytest.raises(UnavailableError, match="not done"):
        await hosted.push({})


async def test_all_pages_of_alerts_are_imported(hosted: Hosted) -> None:
    pulled = await hosted.pull()

    page = await hosted.world.store.find(ACME, Query(kinds=("risk",)))
    assert pulled.counts["findings"] == 5
    assert {one.entity.weakness for one in page.items if isinstance(one.entity, Risk)} == {
        f"codeql:js/rule-{number}" for number in range(1, 6)
    }


async def test_no_alerts_are_no_error(hosted: Hosted) -> None:
    hosted.github.alerts = []

    assert not (await hosted.pull()).counts


async def test_a_link_to_another_system_is_not_followed(hosted: Hosted) -> None:
    hosted.github.next_host = "https://evil.example"

    with pytest.raises(UnavailableError, match="another system"):
        await hosted.pull()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[1, 2", b'{"message": "x"}'])
async def test_something_else_than_alerts_is_away(hosted: Hosted, body: bytes) -> None:
    hosted.github.faults.add(200, body)

    with pytest.raises(UnavailableError, match="no list of alerts"):
        await hosted.pull()
