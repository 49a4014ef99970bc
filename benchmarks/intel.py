"""Intelligence: loading CVE records against plain JSON parsing, matching against a plain loop of comparisons.

All figures are of processor time, so that what else the machine does does not count.
With the environment variable `CHARIOT_BENCH_INTEL` naming a folder, the feeds in it are measured too.
"""

import asyncio
import contextlib
import gc
import json
import os
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.rows import row
from chariot.adapters.sqlite_intel import SqliteIntelStore
from chariot.entrypoints.cli.start import collect_seldom
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.cpe import plain
from chariot.modules.intel.feeds import open_feed
from chariot.modules.intel.feeds.source import open_feed_bytes
from chariot.modules.intel.ports import IntelStore
from chariot.modules.intel.records import Candidate, ProductKey
from chariot.modules.intel.service import Intelligence

RECORDS = 10_000
PRODUCTS = 1_500
TECHNOLOGIES = 100_000
PLAIN_SAMPLE = 400
"""Technologies that the plain loop is measured with; it is too slow for all."""
LOAD_AIM = 0.25
MATCH_AIM_PER_S = 20_000
MATCH_AIM_RATIO = 10
ENVIRONMENT = "CHARIOT_BENCH_INTEL"


def run(rows: list[dict[str, Any]]) -> None:
    """Add the rows for a generated feed and, where asked, for real ones."""
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "nvd.json"
        feed.write_bytes(generated_feed(RECORDS))
        asyncio.run(_measure(rows, [feed], Path(folder) / "intel.db", f"generated, {RECORDS:,} CVEs"))
        real = os.environ.get(ENVIRONMENT)
        if real:
            files = sorted(path for path in Path(real).rglob("*nvd*") if path.is_file())
            asyncio.run(_measure(rows, files, Path(folder) / "real.db", f"{len(files)} real files"))


async def _measure(rows: list[dict[str, Any]], files: Sequence[Path], database: Path, what: str) -> None:
    store = SqliteIntelStore(database, lambda: datetime.now(UTC))
    try:
        records, load_s = await _load(store, files)
        for library, decode in (
            ("json", json.loads),
            ("json, its collector as seldom as ours", _parse_seldom),
            ("msgspec", msgspec.json.decode),
        ):
            parse_s = sum(_parse_s(path, decode) for path in files)
            ratio = parse_s / load_s
            rows.append(
                row(
                    f"intel: load CVEs into SQLite ({what}) against parsing with {library}",
                    round(records / load_s),
                    "records/s",
                    reference=round(records / parse_s),
                    ratio=ratio,
                    aim=f">= {LOAD_AIM}" if library == "json" else "",
                    met=ratio >= LOAD_AIM if library == "json" else None,
                )
            )
        await _matching(rows, store, what)
    finally:
        await store.close()


async def _load(store: IntelStore, files: Sequence[Path]) -> tuple[int, float]:
    records, started = 0, time.process_time()
    for path in files:
        with open_feed(path) as feed:
            records += (await store.load(feed.header, feed.batches)).records
    return records, time.process_time() - started


@contextlib.contextmanager
def _seldom() -> Iterator[None]:
    """Collect as the program does; what it is compared with runs as Python does by itself."""
    thresholds = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _parse_seldom(data: bytes) -> Any:
    with _seldom():
        return json.loads(data)


def _parse_s(path: Path, decode: Any) -> float:
    """Return the seconds for unpacking and parsing *path*, which the load has to do too."""
    started = time.process_time()
    with open_feed_bytes(path) as stream:
        data = stream.read()
    if path.name.removesuffix(".gz").endswith(".jsonl"):
        for line in data.splitlines():
            decode(line)
    else:
        decode(data)
    return time.process_time() - started


async def _matching(rows: list[dict[str, Any]], store: IntelStore, what: str) -> None:
    products = (await store.changed_products(0)).products
    sizes = {product: len(found) for product, found in (await store.prepared(products)).items()}
    # Widely used products have many CVEs, so that counting by them is how often a perimeter shows them.
    for spread, weights in (("as often as they have CVEs", list(sizes.values())), ("all alike", None)):
        technologies = _technologies(list(sizes), weights)
        rate = await _match_rate(store, technologies)
        reference = await _plain_rate(store, technologies)
        rows.append(
            row(
                f"intel: match {TECHNOLOGIES:,} technologies, products {spread} ({what})",
                round(rate),
                "technologies/s",
                reference=round(reference),
                ratio=rate / reference,
                aim=f">= {MATCH_AIM_PER_S:,}, >= {MATCH_AIM_RATIO}x a plain loop",
                met=rate >= MATCH_AIM_PER_S and rate >= MATCH_AIM_RATIO * reference,
            )
        )


async def _match_rate(store: IntelStore, technologies: Sequence[str]) -> float:
    gc.collect()
    intelligence = Intelligence(store, Aliases.built_in())
    with _seldom():
        started = time.process_time()
        found = await intelligence.match(technologies)
        rate = len(technologies) / (time.process_time() - started)
    assert len(found) == len(technologies)
    return rate


async def _plain_rate(store: IntelStore, technologies: Sequence[str]) -> float:
    """Return what a plain loop does in a second: each product read and unpacked once, as ours has to.

    Reading is measured with some products, looping with some technologies; both are counted for all.
    """
    random_ = random.Random(2)
    asked = sorted({_product(technology) for technology in technologies})
    read_s, _ = await _read(store, random_.sample(asked, min(PLAIN_SAMPLE, len(asked))))
    sample = random_.sample(technologies, PLAIN_SAMPLE)
    _, candidates = await _read(store, sorted({_product(technology) for technology in sample}))
    started = time.process_time()
    for technology in sample:
        plain_loop(technology, candidates.get(_product(technology), ()))
    loop_s = time.process_time() - started
    whole_s = read_s * len(asked) / min(PLAIN_SAMPLE, len(asked)) + loop_s * len(technologies) / len(sample)
    return len(technologies) / whole_s


async def _read(
    store: IntelStore, products: Sequence[ProductKey]
) -> tuple[float, dict[ProductKey, list[Candidate]]]:
    started = time.process_time()
    prepared = await store.prepared(products)
    candidates = {
        product: [Candidate(cve, part.nodes) for cve, part in parts] for product, parts in prepared.items()
    }
    return time.process_time() - started, candidates


def _technologies(products: Sequence[ProductKey], weights: Sequence[int] | None) -> list[str]:
    """Return different technologies over *products*, each with a version of its own."""
    random_ = random.Random(1)
    found: dict[str, None] = {}
    while len(found) < TECHNOLOGIES:
        for part, vendor, product in random_.choices(products, weights, k=TECHNOLOGIES - len(found)):
            version = f"{random_.randrange(12)}.{random_.randrange(30)}.{random_.randrange(60)}"
            found[f"cpe:2.3:{part}:{vendor}:{product}:{version}:*:*:*:*:*:*:*"] = None
    return list(found)


def _product(technology: str) -> ProductKey:
    return ProductKey(*re.split(r"(?<!\\):", technology)[2:5])


def plain_loop(technology: str, candidates: Sequence[Candidate]) -> list[str]:
    """Return the CVEs of *technology* as a straightforward tool finds them.

    Each bound is parsed and compared where it is met, as tools do that loop over the rows of a product with
    `packaging`-like versions. No platforms, no updates, no third state: less work than ours, done plainly.
    """
    version = _plain_version(re.split(r"(?<!\\):", technology)[5])
    return [
        candidate.cve
        for candidate in candidates
        if any(_plainly_meets(version, match) for node in candidate.configurations for match in node.matches)
    ]


def _plainly_meets(version: tuple[Any, ...], match: Any) -> bool:
    listed = match.cpe.split(":")[5]
    if listed not in {"*", "-"}:
        return _plain_version(listed) == version
    return not (
        (match.start_including and version < _plain_version(match.start_including))
        or (match.start_excluding and version <= _plain_version(match.start_excluding))
        or (match.end_including and version > _plain_version(match.end_including))
        or (match.end_excluding and version >= _plain_version(match.end_excluding))
    )


def _plain_version(text: str) -> tuple[tuple[int, int | str], ...]:
    return tuple(
        (1, int(run)) if run.isdigit() else (0, run) for run in re.findall(r"\d+|[a-z]+", plain(text))
    )


def generated_feed(records: int) -> bytes:
    """Return an NVD 2.0 document of *records* CVEs, about as large and as mixed as real ones."""
    random_ = random.Random(0)
    return json.dumps(
        {
            "resultsPerPage": records,
            "timestamp": "2026-01-01T00:00:00.000",
            "vulnerabilities": [_record(random_, number) for number in range(records)],
        }
    ).encode()


def _record(random_: random.Random, number: int) -> dict[str, Any]:
    # A few products have very many CVEs, most have few: as in reality.
    product = int(PRODUCTS * random_.random() ** 3)
    name = f"vendor_{product % 400}:product_{product}"
    vector = random_.choice(
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:N")
    )
    return {
        "cve": {
            "id": f"CVE-{2010 + number % 16}-{1000 + number}",
            "sourceIdentifier": "generated",
            "published": "2025-01-01T00:00:00.000",
            "lastModified": "2025-06-01T00:00:00.000",
            "vulnStatus": "Analyzed",
            "descriptions": [
                {"lang": "en", "value": "A flaw lets a stranger in. " * random_.randrange(4, 20)}
            ],
            "metrics": {
                "cvssMetricV31": [
                    {
                        "source": "generated",
                        "type": "Primary",
                        "cvssData": {
                            "version": "3.1",
                            "vectorString": vector,
                            "baseScore": 9.8,
                            "baseSeverity": "CRITICAL",
                        },
                    }
                ]
            },
            "weaknesses": [{"source": "generated", "description": [{"lang": "en", "value": "CWE-79"}]}],
            "configurations": [
                {"nodes": [{"operator": "OR", "negate": False, "cpeMatch": list(_matches(random_, name))}]}
            ],
            "references": [
                {"url": f"https://example.com/{number}/{n}"} for n in range(random_.randrange(1, 8))
            ],
        }
    }


def _matches(random_: random.Random, name: str) -> Iterator[dict[str, Any]]:
    for _ in range(random_.randrange(1, 6)):
        major = random_.randrange(12)
        yield {
            "vulnerable": True,
            "criteria": f"cpe:2.3:a:{name}:*:*:*:*:*:*:*:*",
            "versionStartIncluding": f"{major}.0.0",
            "versionEndExcluding": f"{major}.{random_.randrange(1, 20)}.{random_.randrange(40)}",
        }
    for _ in range(random_.choice((0, 0, 3, 25))):
        version = f"{random_.randrange(12)}.{random_.randrange(20)}.{random_.randrange(40)}"
        yield {"vulnerable": True, "criteria": f"cpe:2.3:a:{name}:{version}:*:*:*:*:*:*:*"}
