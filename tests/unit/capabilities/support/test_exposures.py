import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.exposures import built_in_exposures, read_exposures
from chariot.errors import ConfigurationError
from chariot.model import checks
from chariot.testing.network import response

EVERY = built_in_exposures()
NAMES = [f"{one.id} {one.path}" for one in EVERY]
ENTRY = 'id="x"\npath="/x"\ntitle="t"\nseverity="low"\ncwe="CWE-200"\nremediation="r"\n'


@pytest.mark.parametrize("exposure", EVERY, ids=NAMES)
def test_each_entry_keeps_its_own_examples(exposure):
    assert exposure.positive
    assert exposure.negative
    assert [text for text in exposure.positive if exposure.found_in(text) is None] == []
    assert [text for text in exposure.negative if exposure.found_in(text) is not None] == []


@pytest.mark.parametrize("exposure", EVERY, ids=NAMES)
def test_each_entry_is_complete(exposure):
    assert checks.slug(exposure.id)
    assert exposure.path.startswith("/")
    assert re.fullmatch(r"CWE-\d{1,5}", exposure.cwe)
    assert bool(exposure.cpe) == bool(exposure.product)


@pytest.mark.parametrize("exposure", EVERY, ids=NAMES)
def test_no_entry_believes_a_page_or_an_empty_answer(exposure):
    assert exposure.found_in("") is None
    assert exposure.found_in("<!doctype html><title>Not found</title><h1>Sorry</h1>") is None


@pytest.mark.parametrize(
    "wrong",
    [
        "[[exposure]]\n" + ENTRY,
        "[[exposure]]\n" + ENTRY + 'proof="("\n',
        "[[exposure]]\n" + ENTRY + 'proof="a*b"\n',
        "[[exposure]]\n" + ENTRY + 'proof="a"\nunknown=1\n',
        "not toml",
    ],
)
def test_a_wrong_table_is_refused_with_its_place(wrong):
    with pytest.raises(ConfigurationError, match="mine"):
        read_exposures(wrong, place="mine")


def test_an_entry_without_conditions_is_always_asked_for():
    (entry,) = read_exposures("[[exposure]]\n" + ENTRY + 'proof="a"\n')
    (limited,) = read_exposures("[[exposure]]\n" + ENTRY + 'proof="a"\nports=[81]\nfront="hello"\n')

    assert entry.is_worth_asking(80, "")
    assert [limited.is_worth_asking(*one) for one in ((81, ""), (80, "hello"), (80, ""))] == [
        True,
        True,
        False,
    ]


def test_only_the_declared_status_counts():
    (entry,) = read_exposures("[[exposure]]\n" + ENTRY + 'proof="a"\nstatus=[401]\n')

    assert entry.matched(response(status=200, body=b"a")) is None
    assert entry.matched(response(status=401, body=b"a")) is not None


@given(st.sampled_from(EVERY), st.text(max_size=300))
def test_any_text_is_looked_at(exposure, text):
    exposure.found_in(text)
