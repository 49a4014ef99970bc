import pytest

from chariot.adapters.process.versions import plain, version_in, version_of_module

BUILT = (
    b"\x7fELF\0\0path\texample.com/leaks/v8\nmod\texample.com/leaks/v8\tv8.30.1\th1:PmEv=\n"
    b"dep\texample.com/other\tv1.2.3\th1:Abc=\n\0\0"
)


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (b"\n\x1b[1mtestssl   3.0.8 from \x1b[m\x1b[1mhttps://testssl.sh/\x1b[m", "3.0.8"),
        (b"tool 1.2.3-beta", "1.2.3-beta"),
        (b"version is set by build process\n", ""),
        (b"", ""),
    ],
)
def test_the_first_version_in_what_a_program_says_is_its_own(told, version) -> None:
    assert version_in(told) == version


def test_colours_are_left_out() -> None:
    assert plain(b"\x1b[0;35mred\x1b[m plain") == b"red plain"


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (BUILT, "8.30.1"),
        (BUILT.replace(b"\tv8.30.1\t", b"\t(devel)\t"), ""),
        (b"#!/bin/sh\necho 1.2.3\n", ""),
        (b"", ""),
    ],
)
def test_a_program_of_go_carries_the_version_of_its_module(tmp_path, content, version) -> None:
    program = tmp_path / "leaks"
    program.write_bytes(content)

    assert version_of_module(program) == version


def test_a_program_that_is_gone_has_no_version(tmp_path) -> None:
    assert version_of_module(tmp_path / "gone") == ""
