"""What every format promises, whatever it reads: subclass `FormatPromises`, name the subclass `Test...`."""

from collections import Counter
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chariot.errors import InvalidError
from chariot.format import SNIFFED_BYTES, Decided, Format, Parsed, Refused
from chariot.model.base import Entity
from chariot.modules.exchange.imports import installed_formats

SAMPLES = Path(__file__).parent / "samples"
FORMATS = installed_formats()
READ = settings(max_examples=60, deadline=None)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def read(reader: Format, data: bytes) -> list[Parsed | Refused]:
    """Read *data* as the import does; every end of a relationship must be there by then."""
    known: set[str] = set()
    found = []
    for item in reader.parse(BytesIO(data)):
        found.append(item)
        if isinstance(item, Parsed):
            known |= {entity.key for entity in item.entities}
            ends = {end for one in item.relationships for end in (one.source, one.target)}
            assert ends <= known
    return found


def parsed(reader: Format, data: bytes) -> list[Parsed]:
    found = read(reader, data)
    assert not [item for item in found if isinstance(item, Refused)]
    return [item for item in found if isinstance(item, Parsed)]


def entities(reader: Format, name: str) -> dict[str, Entity]:
    """Return what a sample holds by key, with the newest that was stated of each."""
    found: dict[str, Entity] = {}
    for entity in (one for item in parsed(reader, sample(name)) for one in item.entities):
        known = found.setdefault(entity.key, entity)
        stated = {
            spec.name: value
            for spec in entity.specs
            if (value := getattr(entity, spec.name)) not in (spec.default, "", None)
        }
        found[entity.key] = replace(known, **stated)
    return found


def decided(reader: Format, name: str) -> dict[str, Decided]:
    """Return what a sample says that people decided, by risk."""
    return {one.risk: one for item in parsed(reader, sample(name)) for one in item.decided}


def findings(reader: Format, data: bytes) -> int:
    return sum(item.findings for item in parsed(reader, data))


def levels(found: dict[str, Entity]) -> Counter[str]:
    """Return how many risks have each severity."""
    return Counter(one.severity.value if one.severity else "" for one in found.values() if one.kind == "risk")


class FormatPromises:
    reader: ClassVar[Format]
    samples: ClassVar[tuple[str, ...]]

    def test_each_sample_is_known_as_its_own_and_as_no_others(self) -> None:
        for name in self.samples:
            head = sample(name)[:SNIFFED_BYTES]
            surest = max((one.sniff(head), one.name) for one in FORMATS.values())
            assert surest[1] == self.reader.name, name
            assert surest[0] > 0, name

    def test_the_samples_of_other_tools_are_left_to_them(self) -> None:
        for path in SAMPLES.iterdir():
            head = path.read_bytes()[:SNIFFED_BYTES]
            own = path.name.split(".")[0]
            if own in FORMATS and own != self.reader.name:
                assert self.reader.sniff(head) < FORMATS[own].sniff(head), path.name

    def test_the_same_bytes_give_the_same_records(self) -> None:
        for name in self.samples:
            assert read(self.reader, sample(name)) == read(self.reader, sample(name))

    @given(st.binary(max_size=400))
    @READ
    def test_any_bytes_give_records_or_one_clear_error(self, data: bytes) -> None:
        self._tolerates(data)

    @given(st.data())
    @READ
    def test_a_damaged_sample_gives_records_or_one_clear_error(self, data: st.DataObject) -> None:
        whole = sample(data.draw(st.sampled_from(self.samples)))
        at = data.draw(st.integers(0, len(whole)))
        until = data.draw(st.integers(at, min(len(whole), at + 40)))
        other = data.draw(
            st.one_of(st.binary(max_size=12), st.sampled_from(_NASTY), st.just(whole[at:until] * 3))
        )
        self._tolerates(whole[:at] + other + whole[until:])

    @given(st.data())
    @READ
    def test_a_truncated_sample_gives_records_or_one_clear_error(self, data: st.DataObject) -> None:
        whole = sample(data.draw(st.sampled_from(self.samples)))
        self._tolerates(whole[: data.draw(st.integers(0, len(whole)))])

    def test_another_tools_file_and_another_encoding_are_no_traceback(self) -> None:
        for path in SAMPLES.iterdir():
            self._tolerates(path.read_bytes())
        for name in self.samples:
            self._tolerates(sample(name).decode().encode("utf-16"))

    def _tolerates(self, data: bytes) -> None:
        assert 0 <= self.reader.sniff(data[:SNIFFED_BYTES]) <= 100
        with suppress(InvalidError):
            for item in self.reader.parse(BytesIO(data)):
                assert isinstance(item, Parsed | Refused)


_NASTY = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"NaN", b"1e999", b"-1", b"99999999999999999999999999", b"null", b"[]", b"{}",
    b'""', b"\\ud800", b"&#0;", b"&x;", b"]]>", b"<!--", b'"""', b"\r", b"9" * 5_000, b"https://[", b"http://a:99999/",
    b"[" * 2_000,
)  # fmt: skip
