import io

import pytest

from chariot.errors import InvalidError
from chariot.modules.exchange.catalogue import choose, installed_formats

from .conftest import Notes, OtherNotes, note

FORMATS = {one.name: one for one in (Notes(), OtherNotes())}


def test_every_installed_format_has_its_own_name_and_an_example() -> None:
    found = installed_formats()

    assert "nmap" in found
    assert [name for name, one in found.items() if name != one.name or not one.title or not one.example] == []


def test_the_surest_format_is_chosen_and_the_file_stays_at_its_beginning() -> None:
    stream = io.BytesIO(note())

    assert choose(FORMATS, stream, "auto", "a").name == "notes"
    assert stream.tell() == 0


def test_a_format_can_be_named() -> None:
    assert choose(FORMATS, io.BytesIO(b"anything"), "other", "a").name == "other"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "auto", "the file is empty"),
        (b"what is this", "auto", "looks like none of the 2 known formats"),
        (b"\x1f\x8b\x08", "auto", "packed twice"),
        (b"PK\x03\x04", "auto", "packed twice"),
        (note(), "nonsense", "no format is called 'nonsense'; there are notes, other"),
    ],
)
def test_what_cannot_be_chosen_says_why(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        choose(FORMATS, io.BytesIO(content), name, "a")


@pytest.mark.parametrize("declared", ["", ' encoding="UTF-8"', " encoding='utf-16'"])
def test_xml_that_a_shell_wrote_in_utf_16_is_known(declared: str) -> None:
    report = f'<?xml version="1.0"{declared}?><nmaprun scanner="nmap"></nmaprun>'

    assert choose(installed_formats(), io.BytesIO(report.encode("utf-16")), "auto", "a").name == "nmap"
