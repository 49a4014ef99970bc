"""What Debian and Ubuntu build from which source."""

import pytest

from chariot.modules.intel.binaries import likely_sources, source_of


@pytest.mark.parametrize(
    ("binary", "source"),
    [
        ("libssl3", "openssl"),
        ("libc6", "glibc"),
        ("linux-image-6.1.0-18-amd64", "linux"),
        ("openssl", ""),
        ("libacme2", ""),
    ],
)
def test_the_table_knows_what_is_built_from_what(binary, source):
    assert source_of(binary) == source


@pytest.mark.parametrize(
    ("binary", "sources"),
    [
        ("libacme2", ("acme", "libacme")),
        ("libacme-widget-1.2t64", ("acme-widget", "libacme-widget")),
        ("acme-utils", ("acme",)),
        ("libacme2-dev", ("libacme2", "acme", "libacme")),
        ("acme", ()),
        ("lib", ()),
        ("", ()),
    ],
)
def test_names_of_what_is_built_show_what_its_source_may_be_called(binary, sources):
    assert likely_sources(binary) == sources
