"""How names relate."""

import pytest

from chariot.modules.intel.cpe import Cpe, parse
from chariot.modules.intel.cpe_relation import Relation, compare, compare_components, has_wildcard


# NISTIR 7696, table 6-2, row by row; ANY and NA as * and -.
@pytest.mark.parametrize(
    ("source", "target", "relation"),
    [
        ("*", "*", Relation.EQUAL),
        ("*", "-", Relation.SUPERSET),
        ("*", "i", Relation.SUPERSET),
        ("*", "m?", Relation.UNDEFINED),
        ("-", "*", Relation.SUBSET),
        ("-", "-", Relation.EQUAL),
        ("-", "i", Relation.DISJOINT),
        ("-", "m?", Relation.UNDEFINED),
        ("i", "i", Relation.EQUAL),
        ("i", "k", Relation.DISJOINT),
        ("i", "m?", Relation.UNDEFINED),
        ("i", "-", Relation.DISJOINT),
        ("i", "*", Relation.SUBSET),
        ("8.*", "8.1", Relation.SUPERSET),
        ("8.*", "9.1", Relation.DISJOINT),
        ("8.*", "*", Relation.SUBSET),
        ("8.*", "-", Relation.DISJOINT),
        ("8.*", "m?", Relation.UNDEFINED),
    ],
)
def test_components_relate_as_the_specification_says(source, target, relation):
    assert compare_components(source, target) == relation


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("sp?", "sp1", True),
        ("sp?", "sp", True),
        ("sp?", "sp12", False),
        ("sp??", "sp12", True),
        ("*sp", "winsp", True),
        ("?sp", "asp", True),
        ("*8*", "1.8.2", True),
        (r"a\+*", r"a\+b", True),
        (r"a?", r"a\+", True),
        (r"a\?", r"a\?", True),
    ],
)
def test_wildcards_stand_at_the_ends_only(pattern, text, matches):
    assert (compare_components(pattern, text) in {Relation.SUPERSET, Relation.EQUAL}) == matches


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("*", False),
        ("-", False),
        ("a*", True),
        ("?a", True),
        (r"a\*", False),
        (r"a\\*", True),
        (r"a\?", False),
    ],
)
def test_a_quoted_wildcard_is_none(component, expected):
    assert has_wildcard(component) == expected


@pytest.mark.parametrize(
    ("source", "target", "relation"),
    [
        ("cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", "cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", Relation.EQUAL),
        ("cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", "cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", Relation.SUPERSET),
        ("cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", Relation.SUBSET),
        ("cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", "cpe:2.3:a:f5:nginx:2.0:*:*:*:*:*:*:*", Relation.DISJOINT),
        ("cpe:2.3:a:f5:nginx:*:p1:*:*:*:*:*:*", "cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", Relation.UNDEFINED),
    ],
)
def test_names_relate_by_all_their_components(source, target, relation):
    assert compare(parse(source), parse(target)) == relation


def test_any_is_the_superset_of_all():
    assert compare(Cpe(), parse("cpe:/o:linux:linux_kernel:2.6")) == Relation.SUPERSET
