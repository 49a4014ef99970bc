import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.discovery.fingerprints.matching import (
    BANNER_LIMIT,
    BODY_LIMIT,
    IMPLIED_CONFIDENCE,
    Fingerprints,
    beside,
    built_in,
    failures,
    fingerprints_of,
)
from chariot.modules.discovery.fingerprints.rules import LONG, Example, Rule, built_in_rules

RULES = built_in_rules()
ACME = Rule(
    id="acme-banner",
    product="Acme",
    cpe="a:acme:acme",
    where="banner",
    pattern="^ACME(?: (?P<version>[^ ]{1,300}))?",
    positive=(Example("ACME 1.2", "1.2"),),
    negative=("BCME",),
)


def cpes(hits):
    return [hit.technology.cpe for hit in hits]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_keeps_its_own_examples(rule):
    assert failures(rule) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_takes_long_over_hostile_text(rule):
    fingerprints = Fingerprints([rule])
    example = rule.positive[0].text
    parts = (
        example[:-1],
        example,
        f"{rule.contains}1.",
        "1",
        "1.",
        " ",
        "<",
        "a",
        "ab-",
        rule.contains or "x",
    )
    length = BODY_LIMIT if rule.where in LONG else BANNER_LIMIT
    texts = [(part * length)[:length] for part in parts if part]
    started = time.process_time()

    for text in texts:
        fingerprints.text(rule.where, text)

    assert time.process_time() - started < 3.0


@pytest.mark.parametrize(
    "name", ["WordPress", "Grafana", "GitLab", "Jenkins", "phpMyAdmin", "Zabbix", "Keycloak"]
)
def test_an_article_about_a_product_is_not_the_product(name):
    body = (
        f"<title>How to harden {name} 1.2.3 - a blog</title><meta name=description content='{name} 1.2.3'>"
        f"<p>{name} version 1.2.3 has a hole, says the vendor of {name}. Powered by coffee.</p>"
    )

    assert built_in().page([("Server", "acme")], body) == ()


def test_a_proxy_and_what_stands_behind_it_are_told_apart():
    hits = built_in().page(
        [("Server", "cloudflare"), ("Via", "1.1 varnish"), ("X-Powered-By", "Express")], ""
    )

    assert [hit.technology.product for hit in hits] == ["Cloudflare", "Express", "Varnish Cache"]


def test_a_plugin_implies_what_it_is_plugged_into():
    body = '<script src="/wp-content/plugins/woocommerce/assets/js/a.min.js?ver=7.4.0"></script>'

    hits = {hit.technology.product: hit for hit in built_in().page([], body)}

    assert set(hits) == {"WooCommerce", "WordPress"}
    assert hits["WordPress"].technology.version == ""
    assert hits["WordPress"].confidence <= IMPLIED_CONFIDENCE


def test_a_product_that_shows_its_version_is_not_implied_as_well():
    body = (
        '<meta name="generator" content="WordPress 6.7.1">'
        '<script src="/wp-content/plugins/woocommerce/assets/js/a.min.js?ver=7.4.0"></script>'
    )

    assert [hit.technology.name for hit in built_in().page([], body)] == [
        "WooCommerce 7.4.0",
        "WordPress 6.7.1",
    ]


def test_loaded_files_show_libraries_with_their_versions():
    body = (
        '<script src="https://cdn.example.com/ajax/libs/jquery/3.4.1/jquery.min.js"></script>'
        '<link rel="stylesheet" href="/css/bootstrap-4.5.2.min.css"><script src="/theme/bootstrap.js?ver=6.4"></script>'
    )

    assert [hit.technology.name for hit in built_in().page([], body)] == ["Bootstrap 4.5.2", "jQuery 3.4.1"]


def test_a_favicon_a_realm_and_a_certificate_show_products():
    page = built_in().page([("WWW-Authenticate", 'Basic realm="NETGEAR R7000"')], "", favicon=81586312)
    certificate = built_in().certificate("CN=idrac-ABC1234,OU=Remote Access Group,O=Dell Inc.", "CN=x")

    assert [hit.technology.product for hit in page] == ["Jenkins", "NETGEAR router"]
    assert [hit.technology.product for hit in certificate] == ["Dell iDRAC"]


@pytest.mark.parametrize(
    ("place", "text", "cpe"),
    [
        ("header:server", "Apache/2.4.57 (Debian)", "cpe:2.3:a:apache:http_server:2.4.57:*:*:*:*:*:*:debian"),
        ("version.bind", "9.18.24-1-Debian", r"cpe:2.3:a:isc:bind:9.18.24:*:*:*:*:*:*:1-debian"),
        ("header:server", "nginx/1.22.1", "cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*"),
    ],
)
def test_whose_build_it_is_goes_into_the_name_where_the_text_tells_it(place, text, cpe):
    assert cpes(built_in().text(place, text)) == [cpe]


def test_what_one_header_names_is_of_one_build():
    hits = built_in().text("header:server", "Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16")

    assert [hit.technology.cpe.rpartition(":")[2] for hit in hits] == ["centos", "centos", "centos"]


def test_another_header_is_not_of_the_same_build():
    hits = built_in().page([("Server", "nginx/1.18.0 (Ubuntu)"), ("X-Powered-By", "PHP/7.4.33")], "")

    assert [hit.technology.cpe.rpartition(":")[2] for hit in hits] == ["ubuntu", "*"]


def test_in_a_long_text_a_pattern_is_searched_only_near_its_fixed_words():
    rule = msgspec.structs.replace(ACME, where="body", contains="ACME", pattern="ACME <version>")
    near, far = "x" * 200_000 + "ACME 1.2", "ACME" + " " * 3_000 + "1.2"

    assert cpes(Fingerprints([rule]).text("body", near)) == ["cpe:2.3:a:acme:acme:1.2:*:*:*:*:*:*:*"]
    assert Fingerprints([rule]).text("body", far) == ()


def test_a_body_that_is_no_text_at_all_is_read():
    assert built_in().page([("\udc80", "\udc80")], "\udc80<title>\udfff</title>" * 10) == ()


def test_rules_of_the_user_stand_beside_the_built_in_ones(tmp_path):
    pack = tmp_path / "mine.toml"
    pack.write_text(
        "[[rule]]\nid = 'acme-title'\nproduct = 'Acme'\ncpe = 'a:acme:acme'\nwhere = 'title'\n"
        "pattern = '^Acme <version>$'\npositive = [{ text = 'Acme 1.2', version = '1.2' }]\nnegative = ['Acme']\n"
    )

    found = fingerprints_of((str(pack),)).page([("Server", "nginx/1.29.3")], "<title>Acme 1.2</title>")

    assert [hit.technology.name for hit in found] == ["Acme 1.2", "nginx 1.29.3"]


def test_a_broken_example_is_told():
    broken = msgspec.structs.replace(ACME, positive=(Example("ACME 1.2", "1.3"),), negative=("ACME 1",))

    assert len(failures(broken)) == 2


def test_a_rule_without_examples_is_told():
    assert failures(msgspec.structs.replace(ACME, positive=()))


def test_without_a_version_there_is_no_technology_unless_the_rule_says_so():
    assert Fingerprints([ACME]).banner("ACME") == ()
    assert cpes(Fingerprints([msgspec.structs.replace(ACME, versionless=True)]).banner("ACME")) == [
        "cpe:2.3:a:acme:acme:*:*:*:*:*:*:*:*"
    ]


def test_a_hit_says_which_words_showed_it():
    (hit,) = built_in().banner("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7")

    assert hit.technology.cpe == r"cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:debian_2\+deb12u7"
    assert (hit.technology.product, hit.technology.version) == ("OpenSSH", "9.2p1")
    assert (hit.rule, hit.place, hit.confidence) == ("openssh-banner", "banner", 95)
    assert hit.matched == "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7"


def test_a_page_shows_products_in_headers_meta_elements_and_body():
    headers = [("Server", "nginx/1.18.0 (Ubuntu)"), ("X-Powered-By", "PHP/7.4.33"), ("x-jenkins", "2.441")]

    hits = built_in().page(headers, '<meta name="generator" content="WordPress 6.7.1">')

    assert cpes(hits) == [
        "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:ubuntu",
        "cpe:2.3:a:jenkins:jenkins:2.441:*:*:*:*:*:*:*",
        "cpe:2.3:a:php:php:7.4.33:*:*:*:*:*:*:*",
        "cpe:2.3:a:wordpress:wordpress:6.7.1:*:*:*:*:*:*:*",
    ]


def test_two_rules_that_see_the_same_give_one_hit_and_the_build_wins():
    hits = built_in().page([("X-Powered-By", "PHP/7.4.3-4ubuntu2.18"), ("Server", "x PHP/7.4.3")], "")

    assert cpes(hits) == ["cpe:2.3:a:php:php:7.4.3:*:*:*:*:*:*:4ubuntu2.18"]


def test_a_version_that_another_rule_tells_more_exactly_is_not_told_twice():
    page = '<link href="/owa/auth/15.2.1118/themes/x.css">'

    hits = built_in().page([("X-OWA-Version", "15.2.1118.40")], page)

    assert cpes(hits) == ["cpe:2.3:a:microsoft:exchange_server:15.2.1118.40:*:*:*:*:*:*:*"]


def test_a_product_that_another_one_is_taken_for_is_not_there():
    page = "Powered by Forgejo\nVersion:\n7.0.3+gitea-1.22.0"

    hits = built_in().page([("Set-Cookie", "i_like_gitea=1; Path=/")], page)

    assert cpes(hits) == ["cpe:2.3:a:forgejo:forgejo:7.0.3:*:*:*:*:*:*:*"]


def test_a_version_that_is_written_as_one_number_is_taken_apart():
    rule = msgspec.structs.replace(ACME, pattern=r"^ACME (?P<major>\d)(?P<minor>\d\d)(?P<patch>\d\d)$")

    assert cpes(Fingerprints([rule]).banner("ACME 10605")) == ["cpe:2.3:a:acme:acme:1.6.5:*:*:*:*:*:*:*"]


@pytest.mark.parametrize(
    ("known", "more", "said"),
    [
        ("nginx/1.24.0", "nginx/1.24.0", []),
        ("nginx/1.24.0", "Apache/2.4.57", ["apache:http_server"]),
        ("nginx/1.24.0", "nginx/1.18.0", ["f5:nginx"]),
        ("", "nginx/1.18.0", ["f5:nginx"]),
    ],
)
def test_what_one_page_told_another_one_tells_no_more(known, more, said):
    first, second = (built_in().text("header:server", text) for text in (known, more))

    assert [":".join(cpe.split(":")[3:5]) for cpe in cpes(beside(first, second))] == said


def test_a_cookie_is_known_by_its_name():
    hits = built_in().page([("Set-Cookie", "SVPNCOOKIE=; path=/")], "")

    assert cpes(hits) == ["cpe:2.3:o:fortinet:fortios:*:*:*:*:*:*:*:*"]


def test_a_version_that_no_cpe_can_hold_is_no_hit():
    assert Fingerprints([ACME]).banner("ACME \u2603\x07\n\t") == ()


def test_the_built_in_rules_are_compiled_once():
    assert built_in() is built_in()


@given(st.text(max_size=400))
def test_any_banner_gives_valid_technologies_or_nothing(text):
    for prefix in ("", "SSH-2.0-OpenSSH_", "220 (vsFTPd ", "220 x ESMTP Exim 4."):
        assert all(hit.technology.cpe.startswith("cpe:2.3:") for hit in built_in().banner(prefix + text))


@given(
    st.lists(
        st.tuples(st.sampled_from(["Server", "X-Powered-By", "Set-Cookie", "\0"]), st.text(max_size=50))
    ),
    st.text(),
)
def test_any_page_gives_valid_technologies_or_nothing(headers, body):
    assert all(hit.technology.key for hit in built_in().page(headers, body))
