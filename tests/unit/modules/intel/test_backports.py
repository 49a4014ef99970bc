"""A distribution's own word about its builds."""

import pytest

from chariot.modules.intel.answers import Match, Probe, State
from chariot.modules.intel.backports import package_version, settle
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.records import AffectedPackage, PackageAdvisory, PackageRange

OPEN = Match("CVE-2024-6387", State.CANNOT_TELL, "a Debian build", 0.5, probe=Probe("package", "ask"))


def fixed(version, ecosystem="Debian:12"):
    events = (("introduced", "0"), ("fixed", version))
    package = AffectedPackage(ecosystem, "openssh", (PackageRange("ECOSYSTEM", events),))
    return PackageAdvisory("DEBIAN-CVE-2024-6387", ("CVE-2024-6387",), (package,))


@pytest.mark.parametrize(
    ("rest", "distribution", "version"),
    [
        (r"9.2:p1:*:*:*:*:*:debian_2\+deb12u7", "Debian", "9.2p1-2+deb12u7"),
        (r"8.9p1:*:*:*:*:*:*:ubuntu_3ubuntu0.10", "Ubuntu", "8.9p1-3ubuntu0.10"),
        (r"9.2p1-2\+deb12u7:*:*:*:*:*:*:*", "Debian", "9.2p1-2+deb12u7"),
        ("9.2:p1:*:*:*:*:*:*", "Debian", ""),
        (r"9.2:p1:*:*:*:*:*:el9", "Red Hat", ""),
        ("*:*:*:*:*:*:*:debian_2", "Debian", ""),
    ],
)
def test_a_banner_shows_the_version_of_the_package(rest, distribution, version):
    assert package_version(parse(f"cpe:2.3:a:openbsd:openssh:{rest}"), distribution) == version


@pytest.mark.parametrize(
    ("installed", "advisories", "state"),
    [
        ("9.2p1-2+deb12u7", [fixed("1:9.2p1-2+deb12u3")], State.NOT_AFFECTED),
        ("9.2p1-2+deb12u3", [fixed("1:9.2p1-2+deb12u3")], State.NOT_AFFECTED),
        ("9.2p1-2+deb12u2", [fixed("1:9.2p1-2+deb12u3")], State.AFFECTED),
        ("9.2p1-2+deb12u2", [fixed("1:8.4p1-5+deb11u3", "Debian:11")], State.CANNOT_TELL),
        ("9.2p1-2+deb12u2", [], State.CANNOT_TELL),
        ("9.2p1-2+deb12u4", [fixed("1:9.2p1-2+deb12u3"), fixed("1:9.2p1-2+deb12u5")], State.CANNOT_TELL),
    ],
)
def test_the_fix_of_the_same_upstream_version_decides(installed, advisories, state):
    (answer,) = settle([OPEN], installed, advisories)

    assert answer.state == state


def test_an_answer_that_stands_is_left_alone():
    affected = Match("CVE-2024-6387", State.AFFECTED, "listed", 0.9)

    assert settle([affected], "9.2p1-2+deb12u7", [fixed("1:9.2p1-2+deb12u3")]) == (affected,)
