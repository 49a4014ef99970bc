"""What third parties say, from the source to a decision: seeds that nothing reaches, and candidates that wait."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.model.keys import Key
from chariot.model.states import Depth, Outcome, Standing
from chariot.modules.surface.query import Query
from chariot.settings import Settings, SourceSettings, load_settings
from support.source_server import SourceServer

LONGEST_S = 60.0
CARD = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Acme Widgets Inc."]]]
REGISTRANT = json.dumps({"entities": [{"roles": ["registrant"], "vcardArray": CARD}]}).encode()
CANDIDATE = Key("#candidate#domain#acmewidgets.net")


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with SourceServer() as running:
        running.says("/v1/domain/acmewidgets.com/subdomains", b'{"subdomains": ["vpn", "old.shop"]}')
        running.says(
            "/v1/domain/acmewidgets.com/associated", b'{"records": [{"hostname": "acmewidgets.net"}]}'
        )
        running.says("/domain/acmewidgets.com", REGISTRANT)
        running.says("/domain/acmewidgets.net", b"", status=429, Retry_After="600")
        yield running


@pytest.fixture
def settings(server: SourceServer, tmp_path: Path) -> Settings:
    place = SourceSettings(key="k", url=server.url, per_minute=6_000)
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(tmp_path / "home"),
        resolver="127.0.0.1:1",
        sources=("securitytrails", "rdap", "crtsh"),
        source_options=dict.fromkeys(("securitytrails", "rdap", "crtsh"), place),
        source_networks=("127.0.0.0/8",),
    )


async def scan(application: Application) -> None:
    await application.scans.start(
        application.organisation, ["acmewidgets.com"], requested_by="test", depth=Depth.PASSIVE
    )
    working = asyncio.create_task(application.pipeline.run())
    async with asyncio.timeout(LONGEST_S):
        await application.pipeline.idle()
    await application.pipeline.stop()
    await working


async def found(application: Application, kind: str) -> dict[str, object]:
    page = await application.store.find(application.organisation, Query(kinds=(kind,), limit=1_000))
    return {record.key: record.entity for record in page.items}


async def test_a_passive_scan_learns_from_sources_and_what_failed_is_unknown(
    settings: Settings, server: SourceServer
) -> None:
    async with open_application(settings) as application:
        await scan(application)

        domains = await found(application, "domain")
        assert set(domains) == {
            "#domain#acmewidgets.com", "#domain#vpn.acmewidgets.com", "#domain#old.shop.acmewidgets.com",
        }  # fmt: skip
        jobs = await found(application, "job")
        unknown = {key for key, job in jobs.items() if job.outcome is Outcome.UNKNOWN}  # type: ignore[attr-defined]  # of kind job
        assert unknown == {f"#job#rdap{CANDIDATE}"}
        assert "left alone" in jobs[f"#job#rdap{CANDIDATE}"].reason  # type: ignore[attr-defined]  # of kind job
        (record,) = (await application.ownership.candidates(application.organisation)).items
        assert (record.name, {clue.kind for clue in record.entity.clues}) == (  # type: ignore[attr-defined]  # a candidate
            "acmewidgets.net", {"same-name", "associated"},
        )  # fmt: skip
        await application.ownership.decide(
            application.organisation, CANDIDATE, Standing.MONITORED, actor="ann", why="ours since 2024"
        )
        seeds = await found(application, "seed")

    assert set(seeds) == {"#seed#acmewidgets.com", "#seed#acmewidgets.net"}
    assert not any(path.startswith("/domain/vpn") for path, _ in server.asked)
