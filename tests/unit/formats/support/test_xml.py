from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.formats.support import xml
from chariot.formats.support.xml import check_xml, elements, inner, root_name


def names(data: bytes, *tags: str, within: dict[str, str] | None = None) -> list[str]:
    return [inner(one) for one in elements(BytesIO(data), tags, within)]


def test_elements_come_in_order_and_are_forgotten() -> None:
    found = list(elements(BytesIO(b"<a><b>1</b><c/><b>2</b></a>"), ("b",)))

    assert [one.text for one in found] == [None, None]
    assert names(b"<a><b>1</b><c/><b>2</b></a>", "b") == ["1", "2"]


def test_a_name_that_stands_for_other_things_elsewhere_is_left_out() -> None:
    data = b"<a><list><b>1<deep><b>2</b></deep></b></list><b>3</b></a>"

    assert names(data, "b", within={"b": "list"}) == ["1"]


def test_ancestors_keep_their_attributes() -> None:
    parents = [
        one.getparent().get("name") for one in elements(BytesIO(b'<a><h name="x"><b/><b/></h></a>'), ("b",))
    ]

    assert parents == ["x", "x"]


@pytest.mark.parametrize("look", [names, lambda data, tag: check_xml(BytesIO(data), (tag,))])
@pytest.mark.parametrize(
    "data",
    [b"", b"<a>", b"<a></b>", b"\x00", b"<a>\xff\xff</a>", b"plain words", b"<a/><b/>", b"<a>&x;</a>"],
)
def test_broken_xml_is_one_error_with_its_line(look: Callable[[bytes, str], object], data: bytes) -> None:
    with pytest.raises(InvalidError, match=r"^line \d+: "):
        look(data, "a")


@given(st.lists(st.sampled_from([b"<a>", b"</a>", b"<b x='1'/>", b"x", b"&lt;", b"&e;", b"<", b"\xff"])))
def test_the_check_says_the_same_as_the_reading(pieces: list[bytes]) -> None:
    data = b"<r>" + b"".join(pieces) + b"</r>"

    assert _refuses(lambda: check_xml(BytesIO(data), ("a",))) == _refuses(lambda: names(data, "a"))


def _refuses(look: Callable[[], object]) -> bool:
    try:
        look()
    except InvalidError:
        return True
    return False


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_check_obeys_a_declared_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "RECORD_LIMIT_BYTES", 300_000)
    written = (
        f'<?xml version="1.0" encoding="{encoding}"?><list>' + "<entry>\xe4</entry>" * 50_000 + "</list>"
    )

    check_xml(BytesIO(written.encode(encoding)), ("entry",))


def test_entities_are_not_expanded() -> None:
    layers = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 12)
    )
    data = b'<!DOCTYPE a [<!ENTITY l0 "x">' + layers + b"]><a><b>&l11;</b></a>"

    written = ""
    # Some versions of the parser refuse the file, others leave the entity as it is.
    with suppress(InvalidError):
        written = "".join(names(data, "b"))

    assert len(written) < 10


def test_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    data = f'<!DOCTYPE a [<!ENTITY f SYSTEM "{secret.as_uri()}">]><a><b>&f;</b></a>'

    assert "secret" not in "".join(names(data.encode(), "b"))


def test_a_nesting_without_end_is_refused() -> None:
    with pytest.raises(InvalidError):
        names(b"<a>" * 10_000, "b")
    with pytest.raises(InvalidError):
        check_xml(BytesIO(b"<a>" * 10_000), ("b",))


def test_a_record_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "RECORD_LIMIT_BYTES", 100_000)

    with pytest.raises(InvalidError, match="without the end of a record"):
        names(b"<a>" + b"<x/>" * 100_000 + b"</a>", "b")
    with pytest.raises(InvalidError, match="without the end of a record"):
        check_xml(BytesIO(b"<a>" + b"<x/>" * 100_000 + b"</a>"), ("b",))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<a", ""),
        (b"<a><b>", "a"),
        (b'<?xml version="1.0"?><!-- x --><a b="c"><d>', "a"),
        (b'<x:a xmlns:x="u">', "a"),
        (b"{}", ""),
        (b"", ""),
    ],
)
def test_the_root_is_known_from_the_beginning(head: bytes, name: str) -> None:
    assert root_name(head) == name
