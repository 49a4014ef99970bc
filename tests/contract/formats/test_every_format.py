"""Every format that has a sample keeps the promises of `chariot.format`."""

import pytest
from format_contract import SAMPLES, read, survives
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.exchange.imports import installed_formats

FORMATS = installed_formats()
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.name.split(".")[0] in FORMATS)
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
