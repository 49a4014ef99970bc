import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.formats.export.report import Markdown
from chariot.formats.export.support.markdown import escaped
from support.exports import HOSTILE, exported


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.example.com", "www\\.example.com"),
        ("https://a.test/", "https\\://a.test/"),
        ("mailto:a@b.test", "mailto\\:a\\@b.test"),
        ("a|b", "a\\|b"),
        ("- item", "\\- item"),
        ("a-b", "a-b"),
        ("&lt;", "&amp;lt;"),
        ("a\nb", "a b"),
    ],
)
def test_what_means_something_is_escaped(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text())
def test_no_text_brings_markup_or_html(text: str) -> None:
    found = escaped(text)

    assert "<" not in found
    assert "\n" not in found
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|]", found)


async def test_a_fence_in_the_evidence_does_not_close_ours(store: SqliteEntityStore) -> None:
    text = (await exported(Markdown(), store)).decode()

    assert "````json" in text
    assert text.count("````") % 2 == 0
    assert HOSTILE not in text
    assert "\x1b" not in text
