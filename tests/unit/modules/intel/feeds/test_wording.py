"""Versions in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.feeds.wording import Span, after, read_wording


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("1.2.3", (Span(exact="1.2.3"),)),
        ("v1.2.3", (Span(exact="1.2.3"),)),
        ("< 2.0", (Span(high="2.0"),)),
        ("<=2.0", (Span(high="2.0", high_included=True),)),
        (">= 1.0, < 1.5", (Span("1.0", high="1.5"),)),
        ("> 1.0 <= 1.5", (Span("1.0", low_included=False, high="1.5", high_included=True),)),
        ("= 1.0", (Span(exact="1.0"),)),
        ("< 1.0 || >= 2.0, < 2.5", (Span(high="1.0"), Span("2.0", high="2.5"))),
        ("before 3.1", (Span(high="3.1"),)),
        ("All versions prior to 3.1", (Span(high="3.1"),)),
        ("1.4 and earlier", (Span(high="1.4", high_included=True),)),
        ("1.0 through 1.4", (Span("1.0", high="1.4", high_included=True),)),
        ("1.2.*", (Span("1.2", high="1.3"),)),
        ("1.x", (Span("1", high="2"),)),
        ("all versions", (Span(),)),
        ("some builds of last year", None),
        ("< 1.0 and others", None),
        ("", None),
        ("x" * 1_000, None),
    ],
)
def test_the_wordings_that_authorities_use_are_read(text, spans):
    assert read_wording(text) == spans


@pytest.mark.parametrize(("version", "next_one"), [("1.2", "1.3"), ("7", "8"), ("1.2.9", "1.2.10")])
def test_the_first_version_after_a_family(version, next_one):
    assert after(version) == next_one


@given(st.text(max_size=300))
def test_no_wording_breaks_reading(text):
    assert read_wording(text) is None or all(isinstance(span, Span) for span in read_wording(text))
