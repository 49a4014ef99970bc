from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model import checks
from chariot.model.base import Entity
from chariot.model.kinds.work import seed_value
from strategies import (
    ADDRESSES,
    CPES,
    DIGESTS,
    HOSTS,
    NETBLOCKS,
    SLUGS,
    TARGETS,
    URLS,
    WEAKNESSES,
    any_entity,
)

CHECKS = {
    "line": checks.line,
    "filled": checks.filled,
    "outside": checks.outside,
    "host_name": checks.host_name,
    "ip": checks.ip,
    "cidr": checks.cidr,
    "web_url": checks.web_url,
    "slug": checks.slug,
    "key": checks.key,
    "sha256": checks.sha256,
    "cpe": checks.cpe,
    "weakness_id": checks.weakness_id,
    "seed_value": seed_value,
}
_EXAMPLES = (*HOSTS, *ADDRESSES, *NETBLOCKS, *URLS, *DIGESTS, *CPES, *TARGETS, *WEAKNESSES, *SLUGS)
_ALPHABET = "aZ09.:/-_ #%[]@?\\ß\u0130\u03a3\uff11\uff12\uff13\u3002\u200d\n\0"
written = st.one_of(
    st.text(max_size=20),
    st.text(_ALPHABET, max_size=12),
    st.sampled_from(_EXAMPLES).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.text(_ALPHABET, max_size=2)).map(
            lambda cut: text[: cut[0]] + cut[1] + text[cut[0] :]
        )
    ),
    st.tuples(
        st.sampled_from(("http://", "https://", "HTTP://", "ftp://")),
        st.sampled_from(
            ("a.test", "[::1]", "[::ffff:192.0.2.7]", "192.0.2.7", "\uff1192.0.2.7", "u@a.test", "")
        ),
        st.sampled_from(("", ":0", ":80", ":443", ":8443", ":00443", ":65536")),
        st.sampled_from(("", "/", "/x", "//", "/a b", "?q", "#f", "/%2e%2E/")),
    ).map("".join),
)


@pytest.mark.parametrize("name", list(CHECKS))
@given(value=written | st.integers() | st.none() | st.binary(max_size=3))
def test_a_canonical_form_is_its_own_canonical_form(name: str, value: object) -> None:
    check = CHECKS[name]
    try:
        once = check(value)
    except ValueError:
        return

    assert check(once) == once
    assert type(once) is str


@given(any_entity)
def test_the_checks_of_every_kind_leave_a_valid_value_alone(entity: Entity) -> None:
    for label, _, check in entity.checks:
        assert check(getattr(entity, label)) == getattr(entity, label)


@pytest.mark.parametrize(
    ("check", "text", "canonical"),
    [
        (checks.host_name, "WWW.Example.COM.", "www.example.com"),
        (checks.host_name, "bücher.test", "xn--bcher-kva.test"),
        (checks.host_name, "_dmarc.a.test", "_dmarc.a.test"),
        (checks.ip, "::FFFF:192.0.2.7", "192.0.2.7"),
        (checks.ip, "2001:0DB8::0001", "2001:db8::1"),
        (checks.cidr, "192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        (checks.cidr, "192.0.2.7", "192.0.2.7/32"),
        (checks.cidr, "2001:DB8::/32", "2001:db8::/32"),
        (checks.web_url, "HTTPS://A.test:443", "https://a.test/"),
        (checks.web_url, "http://a.test:443/", "http://a.test:443/"),
        (checks.web_url, "http://[::ffff:192.0.2.7]:80/", "http://192.0.2.7/"),
        (checks.web_url, "http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080/"),
        (checks.sha256, "AB:" * 31 + "AB", "ab" * 32),
        (checks.cpe, "cpe:2.3:a:F5:Nginx:1.24.0:*:*:*:*:*:*:*", CPES[0]),
        (checks.weakness_id, " cve-2023-12345 ", "CVE-2023-12345"),
        (checks.weakness_id, "Weak Cipher", "Weak Cipher"),
        (seed_value, "192.0.2.7/32", "192.0.2.7"),
        (seed_value, "Example.COM", "example.com"),
    ],
)
def test_what_people_write_becomes_canonical(check: object, text: str, canonical: str) -> None:
    assert callable(check)
    assert check(text) == canonical


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (checks.host_name, ""),
        (checks.host_name, "."),
        (checks.host_name, "a..b"),
        (checks.host_name, "-a.test"),
        (checks.host_name, "a" * 64 + ".test"),
        (checks.host_name, ".".join(["a" * 50] * 6)),
        (checks.host_name, "192.0.2.7"),
        (checks.host_name, "\uff11\uff19\uff12.0.2.7"),
        (checks.host_name, "a.test\0"),
        (checks.host_name, "a.test/x"),
        (checks.host_name, "*.a.test"),
        (checks.ip, "192.0.2.256"),
        (checks.ip, "192.0.2.07"),
        (checks.ip, "fe80::1%eth0"),
        (checks.ip, "3221225991"),
        (checks.cidr, "0.0.0.0/0"),
        (checks.cidr, "::/0"),
        (checks.cidr, "192.0.2.7/24"),
        (checks.cidr, "fe80::1%eth0/128"),
        (checks.web_url, "ftp://a.test/"),
        (checks.web_url, "https:///x"),
        (checks.web_url, "https://user:secret@a.test/"),
        (checks.web_url, "https://@a.test/"),
        (checks.web_url, "https://a.test:65536/"),
        (checks.web_url, "https://a.test:0/"),
        (checks.web_url, "javascript:alert(1)"),
        (checks.slug, "Two Words"),
        (checks.slug, "a" * 129),
        (checks.slug, ""),
        (checks.key, "a.test"),
        (checks.sha256, "ab"),
        (checks.cpe, "cpe:/a:f5:nginx"),
        (checks.weakness_id, " "),
        (checks.line, "two\nlines"),
        (checks.line, "\u202eevil"),
        (checks.line, "\ud800"),
        (checks.line, "x" * (checks.LINE_LIMIT + 1)),
        (checks.outside, "\0"),
        (checks.outside, "\ud800"),
        (seed_value, "0.0.0.0/0"),
        (seed_value, "word"),
        (seed_value, ""),
    ],
)
def test_what_has_no_canonical_form_is_refused(check: object, text: str) -> None:
    assert callable(check)
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ, and all are for a person
        check(text)


@pytest.mark.parametrize("check", list(CHECKS.values()), ids=list(CHECKS))
def test_a_huge_text_is_refused_in_few_words(check: object) -> None:
    assert callable(check)
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the length of the words is the point
        check("\0" * 10_000_000)

    assert len(str(refused.value)) < 300


@given(st.lists(st.sampled_from(HOSTS)))
def test_a_set_is_sorted_and_holds_each_item_once(items: list[str]) -> None:
    assert checks.sorted_set(checks.host_name)(items) == tuple(sorted(set(items)))


def test_a_set_has_a_limit() -> None:
    with pytest.raises(ValueError, match="more than 3 items"):
        checks.sorted_set(checks.line, 3)(["a", "b", "c", "d"])


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        checks.utc(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    assert checks.utc(None) is None
    assert checks.utc(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)
