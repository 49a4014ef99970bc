"""Products and statuses of a CVE record as conditions."""

import pytest

from chariot.modules.intel.feeds.affected import Affected, Change, Version, affected_spans, choice
from chariot.modules.intel.feeds.wording import Span


def product(*versions, default="unaffected", **rest):
    return Affected(
        vendor="Acme", product="Web Server", default_status=default, versions=list(versions), **rest
    )


def affected(version, **rest):
    return Version(status="affected", version=version, **rest)


@pytest.mark.parametrize(
    ("versions", "spans"),
    [
        ([affected("1.0")], [Span(exact="1.0")]),
        ([affected("1.0", less_than="2.0")], [Span("1.0", high="2.0")]),
        ([affected("0", less_than="2.0")], [Span(high="2.0")]),
        ([affected("1.0", less_than_or_equal="1.9")], [Span("1.0", high="1.9", high_included=True)]),
        ([affected("1.0", less_than_or_equal="1.2.*")], [Span("1.0", high="1.3")]),
        ([affected("1.0", less_than="*")], [Span("1.0")]),
        ([affected(">= 1.0, < 1.5")], [Span("1.0", high="1.5")]),
        ([affected("unspecified")], [None]),
        ([affected("the old ones")], [None]),
        ([Version(status="unknown", version="1.0")], [None]),
        ([affected("abc123", version_type="git")], []),
        (
            [affected("1.0", less_than="2.0", changes=[Change("1.5", "unaffected")])],
            [Span("1.0", high="1.5")],
        ),
        (
            [
                affected(
                    "1.0", less_than="2.0", changes=[Change("1.5", "unaffected"), Change("1.7", "affected")]
                )
            ],
            [Span("1.0", high="1.5"), Span("1.7", high="2.0")],
        ),
        ([Version(status="unaffected", version="1.0")], []),
    ],
)
def test_statuses_become_stretches(versions, spans):
    assert affected_spans(product(*versions)) == spans


def test_what_is_affected_by_default_is_all_but_what_is_mended():
    mended = [
        Version(status="unaffected", version="1.5", less_than="2.0"),
        Version(status="unaffected", version="2.3", less_than="*"),
    ]

    assert affected_spans(product(*mended, default="affected")) == [Span(high="1.5"), Span("2.0", high="2.3")]
    assert affected_spans(product(default="affected")) == [Span()]
    assert affected_spans(product(Version(status="unaffected", version="new"), default="affected")) == [None]


def test_names_are_taken_from_cpes_and_otherwise_from_words():
    (worded,) = choice([product(affected("1.0"))])
    (named,) = choice([product(affected("1.0"), cpes=["cpe:2.3:a:acme:httpd:*:*:*:*:*:*:*:*"])])

    assert worded.matches[0].cpe == "cpe:2.3:a:acme:web_server:1.0:*:*:*:*:*:*:*"
    assert named.matches[0].cpe == "cpe:2.3:a:acme:httpd:1.0:*:*:*:*:*:*:*"


def test_a_product_without_a_name_says_nothing():
    assert choice([Affected(vendor="n/a", product="n/a", versions=[affected("1.0")])]) == ()


def test_what_cannot_be_read_is_kept_as_unclear():
    (node,) = choice([product(affected("the old ones"))])

    assert node.matches[0].unclear
