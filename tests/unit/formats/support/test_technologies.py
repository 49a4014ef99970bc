import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.technologies import (
    formatted_cpe,
    technology,
    technology_of_cpe,
    technology_of_service,
)


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


@pytest.mark.parametrize(
    ("written", "version", "more", "cpe"),
    [
        (
            "a:openbsd:openssh:9.2p1",
            "9.2p1 Debian 2+deb12u7",
            "protocol 2.0",
            "a:openbsd:openssh:9.2:p1:*:*:*:*:*:debian_2\\+deb12u7",
        ),
        (
            "a:openbsd:openssh:8.9p1",
            "8.9p1 Ubuntu 3ubuntu0.1",
            "Ubuntu Linux; protocol 2.0",
            "a:openbsd:openssh:8.9:p1:*:*:*:*:*:ubuntu_3ubuntu0.1",
        ),
        ("a:openbsd:openssh:9.3p1", "9.3p1", "protocol 2.0", "a:openbsd:openssh:9.3:p1:*:*:*:*:*:*"),
        ("a:igor_sysoev:nginx:1.18.0", "1.18.0", "Ubuntu", "a:f5:nginx:1.18.0:*:*:*:*:*:*:ubuntu"),
        (
            "a:apache:http_server:2.4.57",
            "2.4.57",
            "(Debian)",
            "a:apache:http_server:2.4.57:*:*:*:*:*:*:debian",
        ),
        ("a:vsftpd:vsftpd:2.3.4", "2.3.4", "", "a:vsftpd_project:vsftpd:2.3.4:*:*:*:*:*:*:*"),
        ("a:nobody:knows:1.0", "1.0", "", "a:nobody:knows:1.0:*:*:*:*:*:*:*"),
    ],
)
def test_a_service_goes_by_our_name_with_its_patch_level_and_whose_build_it_is(
    written: str, version: str, more: str, cpe: str
) -> None:
    known = technology_of_service(f"cpe:/{written}", "Product", version, more)

    assert known is not None
    assert (known.cpe, known.version) == (f"cpe:2.3:{cpe}", version)


@given(text=st.text(max_size=60), more=st.text(max_size=60))
def test_whatever_a_service_says_is_a_technology_or_none(text: str, more: str) -> None:
    for written in (text, f"cpe:/a:{text}:x:1p1", f"cpe:2.3:a:{text}", "cpe:/a:openbsd:openssh:9.2p1"):
        known = technology_of_service(written, text, f"9.2p1 Debian {text}", more)
        assert known is None or known.cpe.startswith("cpe:2.3:")
