"""Every format that has a sample keeps the promises of `chariot.format`."""

import io
import re
from pathlib import Path

import pytest
from format_contract import SAMPLES, read, survives
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.exchange.imports import installed_formats

FORMATS = installed_formats()
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.name.split(".")[0] in FORMATS)
XML = [name for name in FILES if name.endswith((".xml", ".nessus"))]
HOSTILE_FILES = {
    "empty": b"",
    "blank": b" \r\n\t\n",
    "only a mark": b"\xef\xbb\xbf",
    "NUL": b"\0" * 1_000,
    "binary": bytes(range(256)) * 20,
    "half a UTF-16": b"\xff\xfe[",
    "a long line": b"a" * 2_000_000,
    "a long number": b"[" + b"9" * 100_000 + b"]",
    "not a number": b'[{"a": NaN}, {"b": -Infinity}]',
    "beyond all measure": b'[{"a": 1e999}]',
    "half a pair": b'[{"a": "\\ud800"}]',
    "wrong types": b'[null, true, 1, "a", [], {}, [[]], {"": {"": []}}]',
    "many names": b"{" + b",".join(b'"%d":{}' % number for number in range(5_000)) + b"}",
    "many columns": b",".join(b"c%d" % number for number in range(5_000)) + b"\n1\n",
    "an open quote": b'a,b\n"1,2\n' + b"3,4\n" * 1_000,
    "an entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "a remote DTD": b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "an open tag": b"<a " + b'b="c" ' * 1_000,
}
HOSTILE = [
    b"\0",
    b"\xff\xfe",
    b'"',
    b"}",
    b"]",
    b"<",
    b"&x;",
    b"-1",
    b"99999999999999999999",
    b"null",
    b"\\ud800",
    b"[[[",
    b"NaN",
    b"1e999",
    b"../../../etc/passwd",
    b"\xe4\xf6\xfc",
    b"=cmd|' /C calc'!A0",
]


def format_of(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known_for_what_it_is(name: str) -> None:
    head = (SAMPLES / name).read_bytes()[:8_192]

    sure = {one.name: one.sniff(head) for one in FORMATS.values()}

    best = max(sure.values())
    assert [key for key, value in sure.items() if value == best] == [format_of(name)]


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_read_twice_alike(name: str) -> None:
    data = (SAMPLES / name).read_bytes()

    first, second = (read(FORMATS[format_of(name)], data) for _ in range(2))

    assert first
    assert first == second


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_a_damaged_file_gives_records_or_one_error(name: str, data: st.DataObject) -> None:
    whole = (SAMPLES / name).read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.sampled_from((0, 1, 4, 40)))
    put = data.draw(st.sampled_from(HOSTILE) | st.binary(max_size=8))

    survives(FORMATS[format_of(name)], whole[:at] + put + whole[at + length :])


@pytest.mark.parametrize("name", FILES)
@given(part=st.floats(0, 1))
def test_a_truncated_file_gives_records_or_one_error(name: str, part: float) -> None:
    whole = (SAMPLES / name).read_bytes()

    survives(FORMATS[format_of(name)], whole[: int(len(whole) * part)])


@pytest.mark.parametrize("name", sorted({format_of(name) for name in FILES}))
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_records_or_one_error(name: str, data: bytes) -> None:
    survives(FORMATS[name], data)


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_other_tools_give_records_or_one_error(name: str) -> None:
    data = (SAMPLES / name).read_bytes()

    for one in FORMATS.values():
        survives(one, data)


@pytest.mark.parametrize("name", sorted({format_of(name) for name in FILES}))
def test_a_deeply_nested_file_is_refused(name: str) -> None:
    survives(FORMATS[name], b"[" * 200_000)
    survives(FORMATS[name], b'{"a":' * 200_000)
    survives(FORMATS[name], b"<a>" * 20_000)


def test_every_format_has_a_sample() -> None:
    assert set(FORMATS) == {format_of(name) for name in FILES}


@pytest.mark.parametrize("hostile", HOSTILE_FILES)
@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_file_gives_records_or_one_error(name: str, hostile: str) -> None:
    survives(FORMATS[name], HOSTILE_FILES[hostile])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("name", FILES)
def test_another_encoding_gives_records_or_one_error(name: str, encoding: str) -> None:
    written = (SAMPLES / name).read_bytes().decode()

    survives(FORMATS[format_of(name)], written.encode(encoding, "replace"))


# Our own export is read as it was written; it never has such a mark.
@pytest.mark.parametrize("name", [name for name in FILES if format_of(name) != "chariot"])
def test_a_mark_of_utf_8_before_a_file_changes_nothing(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    one = FORMATS[format_of(name)]

    marked = b"\xef\xbb\xbf" + data

    assert one.sniff(marked[:8_192]) == one.sniff(data[:8_192])
    assert read(one, marked) == read(one, data)


@pytest.mark.parametrize("name", FILES)
def test_what_is_sound_passes_the_check(name: str) -> None:
    with (SAMPLES / name).open("rb") as stream:
        FORMATS[format_of(name)].check(stream)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.3, 0.7])
def test_what_the_check_finds_broken_names_its_place(name: str, part: float) -> None:
    whole = (SAMPLES / name).read_bytes()
    place = "sound"
    try:
        FORMATS[format_of(name)].check(io.BytesIO(whole[: int(len(whole) * part)]))
    except InvalidError as error:
        place = error.place

    assert place


def declared(data: bytes, entity: bytes) -> bytes:
    """Return XML with *entity* declared as x, and x in the first text of it."""
    text = re.sub(rb"<!DOCTYPE[^>]*>", b"", data, count=1)
    root = re.search(rb"<([A-Za-z][\w-]*)", text)
    assert root is not None
    text = re.sub(rb">([^<>\s][^<>]*)<", rb">&x;\1<", text)
    return text.replace(root[0], b"<!DOCTYPE " + root[1] + b" [" + entity + b"]>" + root[0], 1)


@pytest.mark.parametrize("name", XML)
def test_an_entity_never_reads_a_file(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do-not-read-me")
    data = declared((SAMPLES / name).read_bytes(), b'<!ENTITY x SYSTEM "' + secret.as_uri().encode() + b'">')
    told = ""
    try:
        told = repr(read(FORMATS[format_of(name)], data))
    except InvalidError as error:
        told = str(error)

    assert "do-not-read-me" not in told


@pytest.mark.parametrize("name", XML)
def test_entities_never_expand(name: str) -> None:
    levels = [b'<!ENTITY a0 "ha">']
    levels += [b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 10)]
    data = declared((SAMPLES / name).read_bytes(), b"".join(levels) + b'<!ENTITY x "&a9;">')
    told = ""
    try:
        told = repr(read(FORMATS[format_of(name)], data))
    except InvalidError as error:
        told = str(error)

    assert "haha" not in told
