"""Bad input at the command line: one clear sentence that names the place, a non-zero exit, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

TRUNCATED = '<?xml version="1.0"?><nmaprun scanner="nmap"><host><address addr="192.0.2.7" addrtype="ipv4"/>'
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + "]><nmaprun><host><address addr='&i;' addrtype='ipv4'/></host></nmaprun>"
)


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    finished = subprocess.run(
        [sys.executable, "-m", "chariot", "--home", str(tmp_path / "home"), *arguments],
        capture_output=True,
        timeout=60,
        check=False,
    )
    return finished.returncode, finished.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("list", "unicorns"), "unicorns"),
        (("list", "risks", "--filter", "colour=red"), "colour"),
        (("list", "risks", "--filter", "score>=high"), "score"),
        (("list", "risks", "--sort", "colour"), "colour"),
        (("show", "#domain#nowhere.example"), "#domain#nowhere.example"),
        (("scan", "0.0.0.0/0"), "0.0.0.0/0"),
        (("scan", "::/0"), "::/0"),
        (("scan", "not a name"), "not a name"),
        (("scan", "a" * 10_000_00), "characters"),
        (("scan", "exa\x1bmple.com"), "control"),
        (("scan", "example.com", "--deny", "999.1.1.1/33"), "999.1.1.1/33"),
        (("diff", "--since", "yesterdayish"), "yesterdayish"),
        (("import", "nowhere.xml"), "nowhere.xml"),
        (("risk", "explain", "#domain#example.com"), "risk"),
        (("--config", "nowhere.toml", "list", "risks"), "nowhere.toml"),
        (("serve", "--host", "0.0.0.0"), "loopback"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_argument_is_named(tmp_path: Path, arguments: tuple[str, ...], place: str) -> None:
    if len(max(arguments, key=len)) > 100_000:
        arguments = tuple(argument[:100_000] for argument in arguments)

    code, errors = run(tmp_path, *arguments)

    assert code not in (0, 1)
    assert place in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (TRUNCATED.encode(), "line 1"),
        (BOMB.encode(), ""),
        (b"", "empty"),
        (b"\xff\xfe\x00\x01" * 100, "format"),
        (b"{" * 100_000, "format"),
    ],
    ids=["truncated", "entity bomb", "empty", "binary", "nested"],
)
def test_a_broken_file_is_refused_whole(tmp_path: Path, content: bytes, place: str) -> None:
    file = tmp_path / "scan.xml"
    file.write_bytes(content)

    code, errors = run(tmp_path, "import", str(file))
    _, listed = run(tmp_path, "list", "assets", "--json")

    assert code not in (0, 1)
    assert place in errors
    assert "Traceback" not in errors + listed
