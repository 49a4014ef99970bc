import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.discovery.fingerprints.page import META_LIMIT, metas_of, title_of


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<html><title>Hello</title>", "Hello"),
        ('<TITLE lang="en">\n  Fish &amp;\n chips </TITLE>', "Fish & chips"),
        ("<title>first</title><title>second</title>", "first"),
        ("<titles>no</titles>", ""),
        ("", ""),
    ],
)
def test_the_title_is_read(body, title):
    assert title_of(body) == title


@pytest.mark.parametrize(
    "element",
    [
        '<meta name="generator" content="WordPress 6.7.1">',
        "<META content='WordPress 6.7.1' NAME='Generator' />",
        "<meta name=generator data-x=1 content='WordPress 6.7.1'>",
        '<meta property="generator" content="WordPress&#32;6.7.1">',
    ],
)
def test_a_meta_element_is_read_however_it_is_written(element):
    assert metas_of(element) == (("generator", "WordPress 6.7.1"),)


def test_only_the_first_meta_elements_are_read():
    assert len(metas_of('<meta name="a" content="b">' * (META_LIMIT + 5))) == META_LIMIT


@pytest.mark.parametrize(
    "unit", ["<meta ", "<title ", "<title>", '<meta name="', "<meta name=a content=", " ", "<"]
)
def test_a_hostile_page_takes_little_time(unit):
    started = time.process_time()

    title_of(unit * 40_000)
    metas_of(unit * 40_000)

    assert time.process_time() - started < 1.0


@given(st.text(st.sampled_from("<>meta title=\"'/ncoe\n\0&;"), max_size=500))
def test_any_page_is_read(body):
    assert isinstance(title_of(body), str)
    assert all(name == name.lower() for name, _ in metas_of(body))
