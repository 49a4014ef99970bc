"""`make compare SCANS=DIR`: what our importers count in real files, beside what another project's tests expect.

DIR has one folder a tool, and `expected.csv` with the columns tool, file and expected_findings. The result is a
table in docs/reference/import-comparison.md. Nothing of it is needed to build or to test.
"""

import csv
import re
import sys
from pathlib import Path
from typing import IO

import msgspec

from chariot.errors import ChariotError
from chariot.format import Format, Refused
from chariot.modules.exchange.catalogue import choose, installed_formats
from chariot.modules.exchange.source import opened

_TABLE = Path(__file__).parents[1] / "docs" / "reference" / "import-comparison.md"
_HEAD = """# What our importers count, beside what DefectDojo expects

Made by `make compare SCANS=DIR` over real outputs of these tools. *Ours* is what the tool itself reports as
findings, before any grouping; *expected* is the number of findings that DefectDojo's own tests expect of the same
file, by its own merging conventions. Where both differ, the importer says why: the last column is from its
documentation.

"""


class Row(msgspec.Struct, frozen=True):
    """One file, by both counts."""

    tool: str
    file: str
    format: str
    ours: int
    expected: tuple[int, ...]
    refused: int
    error: str

    @property
    def is_equal(self) -> bool:
        """Tell whether ours is one of those that are expected."""
        return not self.error and self.ours in self.expected


def compare(folder: Path) -> list[Row]:
    """Return a row for each file that `expected.csv` names, in its order."""
    expected: dict[tuple[str, str], list[int]] = {}
    with (folder / "expected.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            expected.setdefault((row["tool"], row["file"]), []).append(int(row["expected_findings"]))
    formats = installed_formats()
    return [_row(folder, tool, file, tuple(numbers), formats) for (tool, file), numbers in expected.items()]


def _row(folder: Path, tool: str, file: str, expected: tuple[int, ...], formats: dict[str, Format]) -> Row:
    chosen = ""
    try:
        with opened(folder / tool / file) as source:
            reader = _chosen(formats, source.stream, tool, file)
            chosen = reader.name
            ours, refused = _counted(reader, source.stream)
    except ChariotError as error:
        return Row(tool, file, chosen, 0, expected, 0, str(error))
    return Row(tool, file, chosen, ours, expected, refused, "")


def _chosen(formats: dict[str, Format], stream: IO[bytes], tool: str, file: str) -> Format:
    """Return the format that knows the file, or the one named like its tool: an empty file tells nothing."""
    try:
        return choose(formats, stream, "auto", file)
    except ChariotError:
        named = formats.get(tool.replace("_", "-"))
        if named is None:
            raise
        return named


def _counted(reader: Format, stream: IO[bytes]) -> tuple[int, int]:
    stream.seek(0)
    ours = refused = 0
    for item in reader.parse(stream):
        if isinstance(item, Refused):
            refused += 1
        else:
            ours += item.findings
    return ours, refused


def explanation(one: Format) -> str:
    """Return the sentences of a format's documentation that say how it counts."""
    text = " ".join(line for line in (one.__doc__ or "").split("\n") if "|" not in line)
    sentences = re.split(r"(?<=[.:;]) +(?=[A-Z])", " ".join(text.split()))
    return " ".join(one for one in sentences if "count" in one.lower() or "DefectDojo" in one)


def table(rows: list[Row], formats: dict[str, Format]) -> str:
    """Return *rows* as a page in Markdown."""
    equal = sum(row.is_equal for row in rows)
    lines = [
        f"{len(rows)} files, {equal} equal, {len(rows) - equal} not.\n",
        "| tool | file | format | ours | expected | equal | refused | why not |",
        "| --- | --- | --- | ---: | ---: | --- | ---: | --- |",
    ]
    for row in rows:
        why = ""
        if not row.is_equal:
            why = row.error or (explanation(formats[row.format]) if row.format in formats else "")
        cells = (
            row.tool,
            row.file,
            row.format,
            f"{row.ours:,}",
            " or ".join(f"{number:,}" for number in row.expected),
            "yes" if row.is_equal else "no",
            f"{row.refused:,}" if row.refused else "",
            why[:600],
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return _HEAD + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def main() -> int:
    """Compare the folder that the command line names, and write the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    if len(sys.argv) != 2 or not (folder / "expected.csv").is_file():
        print(
            "name a folder with expected.csv and one folder a tool: make compare SCANS=DIR", file=sys.stderr
        )
        return 2
    rows = compare(folder)
    _TABLE.write_text(table(rows, installed_formats()), encoding="utf-8")
    for row in rows:
        if not row.is_equal:
            print(f"{row.tool}/{row.file} ({row.format or '-'}): {row.ours} of {row.expected} {row.error}")
    print(f"{sum(row.is_equal for row in rows)} of {len(rows)} files are equal; wrote {_TABLE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
