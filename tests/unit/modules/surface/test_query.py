from datetime import UTC, datetime

import pytest

from chariot.errors import InvalidError
from chariot.model.registry import KINDS
from chariot.modules.surface.query import All, Compare, Not, Query, Some, filter_fields, sorts


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("spaceship",)}, "kind"),
        ({"kinds": ("domain",), "limit": 0}, "limit"),
        ({"kinds": ("domain",), "limit": 1_001}, "limit"),
        ({"kinds": ("domain",), "limit": -5}, "limit"),
        ({"kinds": ("domain",), "sort": "registrar"}, "sort"),
        ({"kinds": ("domain",), "sort": "--key"}, "sort"),
        ({"kinds": ("domain",), "sort": "key; DROP TABLE version"}, "sort"),
        ({"kinds": ("domain", "risk"), "sort": "score"}, "sort"),
        ({"kinds": ("domain",), "as_of": datetime(2026, 1, 1)}, "as_of"),  # noqa: DTZ001 - that is the point
        ({"kinds": ("domain",), "where": Compare("nonsense", "=", ("x",))}, "filter"),
        ({"kinds": ("domain",), "where": Compare("key", "LIKE", ("x",))}, "filter"),
        ({"kinds": ("domain",), "where": Compare("key", "=", ())}, "filter"),
        ({"kinds": ("domain",), "where": Not(All((Some((Compare("score", "=", (1,)),)),)))}, "filter"),
        ({"kinds": ("domain",), "where": Compare('tag.x"', "=", ("x",))}, "filter"),
        ({"kinds": ("alertrule",), "where": Compare("channel", "=", ("x",))}, "filter"),
    ],
)
def test_a_query_is_checked_when_it_is_built(values: dict[str, object], place: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Query(**values)

    assert refused.value.place == place


def test_a_query_of_the_past_is_asked_with_a_time_zone() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert Query(kinds=("domain",), as_of=moment).as_of == moment


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_secret_is_neither_sorted_nor_filtered_by(kind: str) -> None:
    secret = {spec.name for spec in KINDS[kind].specs if spec.mark.secret}

    assert not secret & {*sorts((kind,)), *filter_fields((kind,))}


def test_several_kinds_share_their_common_sorts() -> None:
    assert sorts(("domain", "risk")) == ("key", "updated")
    assert "score" in sorts(("risk",))
