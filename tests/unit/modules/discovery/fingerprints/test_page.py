import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.discovery.fingerprints import page
from chariot.modules.discovery.fingerprints.page import (
    LOADING_TAGS,
    META_LIMIT,
    META_TAGS,
    SCRIPTS_LIMIT,
    realm_of,
    title_of,
)


def starts(body, tags):
    return [place for place in range(len(body)) if body.startswith(tags, place)]


def metas_of(body):
    return page.metas_of(body, starts(body, META_TAGS))


def scripts_of(body):
    return page.loaded_by(body, starts(body, LOADING_TAGS))


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
    ("element", "address"),
    [
        ('<script src="/a.js"></script>', "/a.js"),
        ("<SCRIPT async SRC='/a.js?x=1&amp;y=2'>", "/a.js?x=1&y=2"),
        ("<link rel=stylesheet href=/a.css>", "/a.css"),
    ],
)
def test_the_address_of_a_loaded_file_is_read(element, address):
    assert scripts_of(element) == (address,)


def test_inline_scripts_and_links_of_the_text_load_nothing():
    assert scripts_of('<script>var src = "/a.js"</script><a href="/b.js">') == ()


def test_only_the_first_loaded_files_are_read():
    body = "".join(f"<script src=/{number}.js>" for number in range(SCRIPTS_LIMIT + 5))

    assert len(scripts_of(body)) == SCRIPTS_LIMIT


@pytest.mark.parametrize(
    ("challenge", "realm"),
    [
        ('Basic realm="DIR-825"', "DIR-825"),
        ('Digest qop="auth", realm="x y", nonce="1"', "x y"),
        ("Basic realm=simple", "simple"),
        ("Negotiate", ""),
    ],
)
def test_the_realm_of_a_challenge_is_read(challenge, realm):
    assert realm_of(challenge) == realm


@pytest.mark.parametrize(
    "unit",
    [
        "<meta ",
        "<title ",
        "<title>",
        '<meta name="',
        "<meta name=a content=",
        " ",
        "<",
        "<script ",
        "<link a ",
        "<script src=",
    ],
)
def test_a_hostile_page_takes_little_time(unit):
    started = time.process_time()

    title_of(unit * 40_000)
    metas_of(unit * 40_000)
    scripts_of(unit * 40_000)
    realm_of(unit * 100)

    assert time.process_time() - started < 1.0


@given(st.text(st.sampled_from("<>meta title=\"'/ncoe\n\0&;"), max_size=500))
def test_any_page_is_read(body):
    assert isinstance(title_of(body), str)
    assert all(name == name.lower() for name, _ in metas_of(body))
