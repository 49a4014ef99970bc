import pytest

from chariot.formats.support.findings import Finding
from chariot.formats.support.sbom import (
    Component,
    component_record,
    full_version,
    guesses_cpes,
    settled_of,
    with_package,
)
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import File

NGINX = "cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("state", "label"),
    [
        ("NOT_AFFECTED", "not-affected"),
        ("false_positive", "false-positive"),
        ("resolved_with_pedigree", "fixed"),
        ("fixed", "fixed"),
        ("exploitable", ""),
        ("in_triage", ""),
        (None, ""),
    ],
)
def test_a_state_settles_or_leaves_a_risk(state: object, label: str) -> None:
    assert settled_of(state) == label


@pytest.mark.parametrize(
    ("trusted", "kinds"), [(True, ["file", "technology", "attribute"]), (False, ["file", "attribute"])]
)
def test_only_a_trusted_cpe_is_a_technology(trusted: bool, kinds: list[str]) -> None:
    record = component_record("line 1", File(path="x"), Component("nginx", "1.24.0"), NGINX, trusted=trusted)

    assert [entity.kind for entity in record.entities] == kinds


@pytest.mark.parametrize(
    ("purl", "cpes"),
    [
        ("pkg:pypi/django@4.2.4", ["cpe:2.3:a:djangoproject:django:4.2.4:*:*:*:*:*:*:*"]),
        (
            "pkg:pypi/django@4.2.4?file_name=django.whl#docs",
            ["cpe:2.3:a:djangoproject:django:4.2.4:*:*:*:*:*:*:*"],
        ),
        ("pkg:deb/debian/nginx@4.2.4-1", []),
        ("pkg:npm/%40nobody/nothing@4.2.4", []),
    ],
)
def test_a_package_that_is_a_known_product_is_a_technology(purl: str, cpes: list[str]) -> None:
    component = Component("a", "4.2.4", purl)

    record = component_record("line 1", File(path="x"), component, "", trusted=False)

    assert [entity.cpe for entity in record.entities if isinstance(entity, Technology)] == cpes


def test_the_label_is_the_purl_where_there_is_one() -> None:
    assert Component("a", "1").label == "a@1"
    assert Component("a", "1", "pkg:generic/a@1").label == "pkg:generic/a@1"


@pytest.mark.parametrize(
    ("purl", "label"),
    [
        ("pkg:npm/%40acme/lib", "pkg:npm/%40acme/lib@1.0+2"),
        ("pkg:npm/@acme/lib", "pkg:npm/@acme/lib@1.0+2"),
        ("pkg:npm/lib?arch=x#src", "pkg:npm/lib@1.0+2?arch=x#src"),
        ("pkg:npm/lib@2.0?arch=x", "pkg:npm/lib@2.0?arch=x"),
    ],
)
def test_a_version_that_stands_beside_the_purl_is_put_into_it(purl: str, label: str) -> None:
    assert Component("lib", "1.0+2", purl).label == label


@pytest.mark.parametrize(
    ("purl", "source", "expected"),
    [
        ("pkg:deb/debian/liba1@1", "a", "pkg:deb/debian/liba1@1?upstream=a"),
        ("pkg:rpm/redhat/liba1@1?arch=x#p", "a", "pkg:rpm/redhat/liba1@1?arch=x&upstream=a#p"),
        ("pkg:deb/debian/liba1@1?upstream=b", "a", "pkg:deb/debian/liba1@1?upstream=b"),
        ("pkg:npm/liba1@1", "a", "pkg:npm/liba1@1"),
        ("pkg:deb/debian/liba1@1", "", "pkg:deb/debian/liba1@1"),
    ],
)
def test_the_source_that_a_distribution_built_a_package_from_is_kept(purl, source, expected) -> None:
    assert Component("liba1", "1", purl).built_from(source).purl == expected


@pytest.mark.parametrize(
    ("purl", "version", "upstream"),
    [
        ("pkg:deb/debian/liba1@1.0-1", "1.0-1", "upstream=a"),
        ("pkg:deb/debian/liba1@1.0-1?epoch=1", "1:1.0-1", "upstream=a"),
        ("pkg:deb/debian/liba1@1.0-1?epoch=1", "1.0-1", "upstream=a%401.0-1"),
        ("pkg:deb/debian/liba1@1.0-1%2Bb2", "1.0-1", "upstream=a%401.0-1"),
        ("pkg:deb/debian/liba1", "2.0-1", "upstream=a%402.0-1"),
        ("pkg:rpm/redhat/liba1@1.0-1", "2.0-1", "upstream=a"),
    ],
)
def test_the_version_of_the_source_is_told_where_it_is_another(purl, version, upstream) -> None:
    built = Component("liba1", "1.0-1", purl).built_from("a", version)

    assert built.purl.endswith(upstream)


def test_a_package_named_like_its_source_may_have_another_version() -> None:
    built = Component("a", "1:1.0-1", "pkg:deb/debian/a@1:1.0-1").built_from("a", "1.0-1")

    assert built.purl == "pkg:deb/debian/a@1:1.0-1?upstream=a%401.0-1"


@pytest.mark.parametrize(
    ("parts", "version"),
    [
        (("1.0", "1", "2"), "2:1.0-1"),
        (("1.0", "1", "0"), "1.0-1"),
        (("1.0", "", ""), "1.0"),
        (("", "1", "2"), ""),
    ],
)
def test_a_version_is_put_together_as_its_distribution_writes_it(parts, version) -> None:
    assert full_version(*parts) == version


def test_tools_that_make_cpes_up_are_known() -> None:
    assert guesses_cpes([{"name": "Syft"}])
    assert not guesses_cpes(None)


@pytest.mark.parametrize(
    ("purl", "keys"),
    [("pkg:npm/a@1", ["#attribute#file#x#package#pkg:npm/a@1"]), ("", []), (None, []), ("a@1", [])],
)
def test_a_finding_says_which_package_its_target_has(purl: object, keys: list[str]) -> None:
    finding = Finding(place="line 1", target=File(path="x"), weakness="CVE-2099-0001")

    with_package(finding, purl)

    assert [one.key for one in finding.entities] == keys
    assert [one.target for one in finding.relationships] == keys
