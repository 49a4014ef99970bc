import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.systems import cvss_score, operating_system


def test_a_distribution_has_its_official_name() -> None:
    system = operating_system("Ubuntu", "22.04")

    assert system is not None
    assert system.cpe == "cpe:2.3:o:canonical:ubuntu_linux:22.04:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("family", "version"), [("unheard", "1"), ("debian", ""), ("debian", "bookworm/sid"), (None, None)]
)
def test_what_is_not_certain_is_none(family: object, version: object) -> None:
    assert operating_system(family, version) is None


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        ("", 0.0),
        ("CVSS:3.1/AV:N", 0.0),
    ],
)
def test_a_vector_gives_its_base_score(vector: str, score: float) -> None:
    assert cvss_score(vector) == score


@given(st.text(max_size=100))
def test_any_text_gives_a_score(vector: str) -> None:
    assert 0.0 <= cvss_score(vector) <= 10.0
