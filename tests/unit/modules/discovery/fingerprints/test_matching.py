import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.discovery.fingerprints.matching import Fingerprints, built_in, failures
from chariot.modules.discovery.fingerprints.rules import Example, Rule, built_in_rules, compile_pattern

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
    pattern = compile_pattern(rule.pattern)
    example = rule.positive[0].text
    texts = [
        (part * 65_536)[:65_536]
        for part in (example[:-1], example, "1", "1.", " ", "<", "a", rule.contains or "x")
    ]
    started = time.process_time()

    for text in texts:
        pattern.search(text)

    assert time.process_time() - started < 1.5


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
