"""What vendors said, against what a real feed says of the same versions: where they disagree, one is wrong.

`python -m benchmarks.cases FILE...` loads the feeds (NVD's) and prints each case of the tests' table to which the
feed gives another answer. It is no test: registers name wider ranges than vendors, and look at CVEs again later.
"""

import asyncio
import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from chariot.adapters.sqlite_intel import SqliteIntelStore
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.cpe import quote
from chariot.modules.intel.service import Intelligence

TABLE = Path(__file__).parents[1] / "tests" / "unit" / "modules" / "intel" / "cases" / "advisories.toml"


async def compare(files: list[Path], database: Path) -> None:
    """Print where the feeds in *files* disagree with the table, and how often they agree."""
    store = SqliteIntelStore(database, lambda: datetime.now(UTC))
    intelligence = Intelligence(store, Aliases.built_in())
    for path in files:
        await intelligence.load_file(path)
    agreed = disagreed = unknown = 0
    for advisory in tomllib.loads(TABLE.read_text("utf-8"))["advisory"]:
        cve, product = advisory["cve"], advisory["product"]
        record = (await store.cves([cve])).get(cve)
        for version, is_affected in _cases(advisory):
            if record is None or not record.configurations:
                unknown += 1
                continue
            name = f"cpe:2.3:{product}:{quote(version)}:*:*:*:*:*:*:*"
            answers = {match.cve: match for match in (await intelligence.match([name]))[name]}
            answer = answers.get(cve)
            if (answer is not None and answer.state is State.AFFECTED) == is_affected:
                agreed += 1
                continue
            disagreed += 1
            said = f"{answer.state}, {answer.reason}" if answer else "not affected"
            print(f"{cve} {product} {version}: vendor {'' if is_affected else 'not '}affected; feed {said}")
    print(f"{agreed} agree, {disagreed} disagree, of {unknown} the feeds say nothing")
    await store.close()


def _cases(advisory: dict[str, list[str]]) -> list[tuple[str, bool]]:
    affected = [(version, True) for version in advisory["affected"]]
    return affected + [(version, False) for version in advisory["not_affected"]]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare([Path(name) for name in sys.argv[1:]], Path(folder) / "intel.db"))
