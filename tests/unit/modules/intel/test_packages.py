"""Package URLs against OSV advisories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.intel.answers import State
from chariot.modules.intel.orders import place
from chariot.modules.intel.packages import Package, in_range, match_known, match_package, read_purl
from chariot.modules.intel.records import AffectedPackage, PackageAdvisory, PackageKey, PackageRange

YES, NO, OPEN = State.AFFECTED, State.NOT_AFFECTED, State.CANNOT_TELL


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name", "version"),
    [
        ("pkg:npm/lodash@4.17.20", "npm", "lodash", "4.17.20"),
        ("pkg:npm/%40acme/lib@1.0.0", "npm", "@acme/lib", "1.0.0"),
        ("pkg:pypi/Django@3.2", "PyPI", "django", "3.2"),
        ("pkg:maven/org.acme/lib@1.0", "Maven", "org.acme:lib", "1.0"),
        ("pkg:golang/example.com/acme/lib@v1.0.0", "Go", "example.com/acme/lib", "v1.0.0"),
        ("pkg:deb/debian/openssh@9.2p1-2?epoch=1&distro=debian-12", "Debian:12", "openssh", "1:9.2p1-2"),
        ("pkg:deb/debian/libssl3@3.0.1-1?upstream=openssl", "Debian", "openssl", "3.0.1-1"),
        ("pkg:apk/alpine/musl@1.2.3-r0?distro=alpine-3.19.1", "Alpine:v3.19", "musl", "1.2.3-r0"),
        ("pkg:gem/rails", "RubyGems", "rails", ""),
        ("pkg:pypi/zope.interface@5.0", "PyPI", "zope-interface", "5.0"),
        ("pkg:nuget/Acme.Json@1.0.0", "NuGet", "acme.json", "1.0.0"),
        ("pkg:github/Acme/checkout@v3", "GitHub Actions", "acme/checkout", "v3"),
        ("pkg:bitnami/widget@1.2.3-4", "Bitnami", "widget", "1.2.3"),
        ("pkg:cran/plotter@1.2-3", "CRAN", "plotter", "1.2-3"),
        ("pkg:deb/debian/libssl3@3.0.1-1+b1?upstream=openssl%403.0.1-1", "Debian", "openssl", "3.0.1-1"),
        ("pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12", "Debian:12", "openssl", "3.0.1-1"),
        ("pkg:deb/ubuntu/linux-image-6.8.0-31-generic@6.8.0-31", "Ubuntu", "linux", "6.8.0-31"),
        ("pkg:deb/debian/curl@7.88?distro=bookworm", "Debian:12", "curl", "7.88"),
        ("pkg:deb/ubuntu/curl@7.81?distro=ubuntu-22.04", "Ubuntu:22.04", "curl", "7.81"),
        ("pkg:apk/wolfi/curl@8.0-r0?distro=wolfi-20230201", "Wolfi", "curl", "8.0-r0"),
        ("pkg:rpm/rocky/curl@7.76?distro=rocky-9.3", "Rocky Linux:9", "curl", "7.76"),
        ("pkg:rpm/opensuse/curl@8.0?distro=opensuse-leap-15.5", "openSUSE:Leap 15.5", "curl", "8.0"),
        ("pkg:rpm/opensuse/curl@8.0?distro=opensuse-tumbleweed-20240101", "openSUSE", "curl", "8.0"),
        ("pkg:rpm/suse/curl@8.0?distro=sles-15.5", "SUSE", "curl", "8.0"),
    ],
)
def test_a_package_url_names_a_package_of_osv(purl, ecosystem, name, version):
    assert read_purl(purl) == Package(PackageKey(ecosystem, name), version)


def test_a_built_package_is_looked_up_by_its_own_name_and_by_its_sources():
    purl = "pkg:rpm/redhat/openssl-libs@3.0.7-16.el9?epoch=1&distro=redhat-9.3&upstream=openssl-3.0.7-16.el9.src.rpm"

    assert read_purl(purl) == Package(
        PackageKey("Red Hat:enterprise_linux:9", "openssl-libs"),
        "1:3.0.7-16.el9",
        (PackageKey("Red Hat:enterprise_linux:9", "openssl"),),
    )


@pytest.mark.parametrize("purl", ["lodash", "pkg:", "pkg:npm", "pkg:generic/x@1", "pkg:npm/" + "a" * 3_000])
def test_what_names_no_package_is_refused(purl):
    with pytest.raises(InvalidError):
        read_purl(purl)


def semver(*events):
    return PackageRange("SEMVER", events)


def answer(version, *packages):
    advisory = PackageAdvisory("GHSA-1", ("CVE-2024-1000",), packages)
    (found,) = match_package(Package(packages[0].key, version), [advisory], not_affected=True)
    return found


LIB = AffectedPackage(
    "npm",
    "lib",
    (semver(("introduced", "0"), ("fixed", "1.2.3"), ("introduced", "2.0.0"), ("last_affected", "2.1.0")),),
)


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("0.0.1", YES),
        ("1.2.2", YES),
        ("1.2.3", NO),
        ("1.9.0", NO),
        ("2.0.0", YES),
        ("2.1.0", YES),
        ("2.1.1", NO),
        ("", OPEN),
        ("newest", OPEN),
        ("1.2.3-rc.1", YES),
    ],
)
def test_events_decide_in_their_order(version, state):
    assert answer(version, LIB).state == state


def test_the_version_that_mends_is_told():
    assert answer("1.0.0", LIB).fixed == "1.2.3"


def test_a_version_named_one_by_one_is_affected_whatever_the_ranges():
    assert answer("5.0.0", AffectedPackage("npm", "lib", LIB.ranges, ("5.0.0",))).state == YES


def test_commits_alone_tell_nothing():
    assert answer("1.0.0", AffectedPackage("npm", "lib", (PackageRange("GIT", ()),))).state == OPEN


def test_releases_that_disagree_ask_for_the_release():
    releases = (
        AffectedPackage("Debian:11", "x", (PackageRange("ECOSYSTEM", (("introduced", "0"),)),)),
        AffectedPackage(
            "Debian:12", "x", (PackageRange("ECOSYSTEM", (("introduced", "0"), ("fixed", "1.0-1"))),)
        ),
    )

    found = answer("1.0-2", *releases)

    assert (found.state, found.probe.kind) == (OPEN, "platform")


def test_releases_that_come_apart_are_answered_together():
    parts = [
        PackageAdvisory(
            "DSA-1",
            (),
            (AffectedPackage(release, "x", (PackageRange("ECOSYSTEM", (("introduced", "0"), *fixed)),)),),
        )
        for release, fixed in (("Debian:11", ()), ("Debian:12", (("fixed", "1.0-1"),)))
    ]

    (found,) = match_package(Package(PackageKey("Debian", "x"), "1.0-2"), parts)

    assert (found.state, found.probe.kind) == (OPEN, "platform")


def test_what_is_not_affected_is_left_out_unless_asked_for():
    advisory = PackageAdvisory("GHSA-1", (), (LIB,))

    assert match_package(Package(LIB.key, "1.2.3"), [advisory]) == ()


NUMBERS = st.integers(0, 5)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_range_agrees_with_the_order(low, high, version):
    at = place("npm", f"{version}.0.0")
    events = semver(("introduced", f"{low}.0.0"), ("fixed", f"{high}.0.0"))

    assert (
        in_range(at, events, "npm") == (low <= version and not (high <= version and low <= high))
        or low > high
    )


ACME = PackageAdvisory(
    "DSA-1",
    ("CVE-2024-1000",),
    (
        AffectedPackage(
            "Debian:12", "acme", (PackageRange("ECOSYSTEM", (("introduced", "0"), ("fixed", "2.0-1"))),)
        ),
    ),
)


@pytest.mark.parametrize(("version", "states"), [("1.0-1", [OPEN]), ("2.0-1", [])])
def test_by_the_likely_name_of_its_source_it_cannot_be_told(version, states):
    package = read_purl(f"pkg:deb/debian/libacme2@{version}?distro=debian-12")

    answers = match_known(package, {PackageKey("Debian:12", "acme"): (ACME,)})

    assert [answer.state for answer in answers] == states
    assert all(answer.probe.kind == "package" for answer in answers)


def test_what_is_known_by_its_own_name_is_not_guessed_about():
    package = read_purl("pkg:deb/debian/libacme2@1.0-1?distro=debian-12")
    own = PackageKey("Debian:12", "libacme2")

    answers = match_known(package, {own: (ACME,), PackageKey("Debian:12", "acme"): (ACME, ACME)})

    assert [answer.state for answer in answers] == [YES]
