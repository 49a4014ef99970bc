import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.registry import KINDS
from chariot.modules.exchange.exports.narrowing import Narrowed, narrowed
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Compare, Query

ALL = tuple(KINDS)
SCORE = Compare("score", ">=", (70,))
ENV = Compare("tag.env", "=", ("prod",))


@pytest.mark.parametrize(
    ("text", "kind", "left"),
    [
        ("score>=70", "risk", SCORE),
        ("score>=70", "domain", False),
        ("not score>=70", "domain", True),
        ("score=", "domain", True),
        ("score!=", "domain", False),
        ("score!=70", "domain", True),
        ("score=70", "domain", False),
        ("weakness~CVE", "domain", False),
        ("score>=70 tag.env=prod", "domain", False),
        ("score>=70 or tag.env=prod", "domain", ENV),
        ("not score>=70 tag.env=prod", "domain", ENV),
        ("tag.env=prod", "job", ENV),
    ],
)
def test_a_field_that_a_kind_lacks_has_no_value_there(text: str, kind: str, left: Narrowed) -> None:
    term = parse_filter(text, ALL)

    assert term is not None
    assert narrowed(term, kind) == left


TERMS = st.recursive(
    st.sampled_from(["score>=70", "host~shop", "tag.env=prod", "number=443", "status=active", 'asn=""']),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.lists(inner, min_size=1, max_size=3).map(" or ".join).map("({})".format),
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
    ),
    max_leaves=6,
)


@given(TERMS, st.sampled_from(ALL))
def test_what_is_left_is_a_query_of_the_kind(text: str, kind: str) -> None:
    term = parse_filter(text, ALL)
    assert term is not None

    left = narrowed(term, kind)

    assert isinstance(left, bool) or Query(kinds=(kind,), where=left)
