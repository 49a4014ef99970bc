import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.technologies import formatted_cpe, technology, technology_of_cpe


@pytest.mark.parametrize(
    ("uri", "formatted"),
    [
        ("cpe:/a:openbsd:openssh:7.4", "cpe:2.3:a:openbsd:openssh:7.4:*:*:*:*:*:*:*"),
        ("cpe:/a:openbsd:openssh:7.4:p1", "cpe:2.3:a:openbsd:openssh:7.4:p1:*:*:*:*:*:*"),
        ("cpe:/o:Microsoft:Windows", "cpe:2.3:o:microsoft:windows:*:*:*:*:*:*:*:*"),
        ("cpe:/a:joomla:joomla%21", "cpe:2.3:a:joomla:joomla\\!:*:*:*:*:*:*:*:*"),
        ("cpe:/a:only", None),
        ("no", None),
    ],
)
def test_a_uri_becomes_a_formatted_string(uri: str, formatted: str | None) -> None:
    assert formatted_cpe(uri) == formatted


@given(text=st.text(max_size=60))
def test_any_text_is_a_technology_or_none(text: str) -> None:
    for written in (text, f"cpe:/a:{text}", f"cpe:2.3:a:{text}"):
        known = technology_of_cpe(written, text, text)
        assert known is None or known.cpe.startswith("cpe:2.3:")


@given(version=st.text(max_size=60))
def test_a_version_that_is_none_is_left_out(version: str) -> None:
    known = technology("nginx", version)

    assert known is not None
    assert known.cpe.startswith("cpe:2.3:a:f5:nginx:")


def test_a_product_that_nobody_knows_has_no_cpe() -> None:
    assert technology("Frobnicator", "1") is None
