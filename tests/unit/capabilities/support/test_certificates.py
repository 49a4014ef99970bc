import datetime as dt

import pytest

from chariot.capabilities.support.certificates import flaws_of
from chariot.model.kinds.network import Certificate

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def certificate(**changes):
    values = {
        "sha256": "ab" * 32,
        "names": ("www.example.com", "*.shop.example.com"),
        "not_before": NOW - 30 * DAY,
        "not_after": NOW + 60 * DAY,
        "key_type": "RSA 2048",
        "signature_algorithm": "sha256",
        **changes,
    }
    return Certificate(**values)


def test_a_sound_certificate_has_no_flaw():
    assert list(flaws_of(certificate(), now=NOW, host="www.example.com")) == []


@pytest.mark.parametrize(
    ("changes", "weakness"),
    [
        ({"not_after": NOW - DAY}, "certificate-expired"),
        ({"not_after": NOW + 5 * DAY}, "certificate-expires-soon"),
        ({"not_before": NOW + DAY}, "certificate-not-yet-valid"),
        ({"key_type": "RSA 1024"}, "certificate-weak-key"),
        ({"key_type": "DSA 2048"}, "certificate-weak-key"),
        ({"key_type": "EC secp192r1"}, "certificate-weak-key"),
        ({"signature_algorithm": "sha1"}, "certificate-weak-signature"),
        ({"self_signed": True}, "certificate-self-signed"),
        ({"names": ("mail.example.com",)}, "certificate-other-name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(changes, weakness):
    found = list(flaws_of(certificate(**changes), now=NOW, host="www.example.com"))

    assert [flaw.weakness for flaw in found] == [weakness]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.shop.example.com", []),
        ("shop.example.com", ["certificate-other-name"]),
        ("a.b.shop.example.com", ["certificate-other-name"]),
        ("", []),
    ],
)
def test_a_wildcard_stands_for_one_label(host, expected):
    assert [flaw.weakness for flaw in flaws_of(certificate(), now=NOW, host=host)] == expected
