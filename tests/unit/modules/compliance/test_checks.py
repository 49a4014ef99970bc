from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.compliance.checks import (
    FRAMEWORKS,
    Surface,
    all_checks,
    own_packs,
    read_pack,
    shipped_packs,
)
from chariot.modules.compliance.platform import FACTS
from chariot.modules.surface.filters import filter_text

SHIPPED = all_checks(shipped_packs(FACTS))
GOOD = """
name = "ours"
[[check]]
id = "no-telnet"
title = "No telnet"
advice = "Turn it off"
maps = { soc2 = ["CC6.6"] }
[check.surface]
kinds = ["port"]
where = "number=23"
"""


def test_at_least_forty_checks_come_along_each_with_controls_and_advice():
    assert len(SHIPPED) >= 40
    assert all(check.maps and check.advice for check in SHIPPED)


def test_every_framework_is_spoken_to():
    assert {name for check in SHIPPED for name in check.maps} == set(FRAMEWORKS)


def test_every_property_that_is_measured_is_judged_by_a_check():
    assert {check.platform.fact for check in SHIPPED if check.platform} == set(FACTS)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("not_after<{now}", 'not_after<"2026-01-31T00:00:00+00:00"'),
        ("not_after<{now+14d}", 'not_after<"2026-02-14T00:00:00+00:00"'),
        ("not_after<{now-30d}", 'not_after<"2026-01-01T00:00:00+00:00"'),
    ],
)
def test_moments_are_counted_from_now(where, expected):
    asked = Surface(kinds=("certificate",), where=where)

    assert filter_text(asked.filter(datetime(2026, 1, 31, tzinfo=UTC))) == expected


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ('kinds = ["port"]', 'kinds = ["harbour"]', "harbour"),
        ("number=23", "depth=23", "cannot filter"),
        ('soc2 = ["CC6.6"]', 'soc9 = ["CC6.6"]', "soc9"),
        (
            "[check.surface]",
            "[check.platform]\nfact = 'audit.holds'\nequals = true\n[check.surface]",
            "either",
        ),
        ('[check.surface]\nkinds = ["port"]\nwhere = "number=23"', "", "either"),
        (
            '[check.surface]\nkinds = ["port"]\nwhere = "number=23"',
            "[check.platform]\nfact = 'audit.holds'",
            "nothing",
        ),
        (
            '[check.surface]\nkinds = ["port"]\nwhere = "number=23"',
            "[check.platform]\nfact = 'moon.phase'\nequals = 1",
            "moon.phase",
        ),
        ('id = "no-telnet"', 'id = "../x"', "regex"),
        ("name =", "nome =", "nome"),
    ],
)
def test_a_pack_that_is_wrong_says_where_and_what(was, wrong, said):
    with pytest.raises(InvalidError, match=said) as caught:
        read_pack(GOOD.replace(was, wrong).encode(), "ours.toml", FACTS)

    assert "ours.toml" in (caught.value.place or "") + str(caught.value)


@given(st.binary(max_size=400))
def test_whatever_bytes_come_they_are_a_pack_or_refused(data):
    with suppress(InvalidError):
        assert read_pack(data, "x.toml", FACTS).name


def test_a_huge_pack_is_refused_unread():
    with pytest.raises(InvalidError, match="bytes"):
        read_pack(b"#" * 1_000_001, "x.toml", FACTS)


def test_an_own_check_takes_the_place_of_one_with_its_id(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD.replace("no-telnet", "port.telnet"), encoding="utf-8")

    found = {one.id: one for one in all_checks([*shipped_packs(FACTS), *own_packs(tmp_path, FACTS)])}

    assert found["port.telnet"].title == "No telnet"
    assert len(found) == len(SHIPPED)


def test_a_folder_without_a_pack_is_told(tmp_path):
    with pytest.raises(InvalidError, match="no pack"):
        own_packs(tmp_path, FACTS)
