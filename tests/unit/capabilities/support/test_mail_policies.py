import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.mail_policies import Spf, read_spf, read_sts_policy, read_tags, rsa_bits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1 -all", Spf((), "", 0, "-", False)),
        ("v=spf1 mx a:b.example include:C.example. ~all", Spf(("c.example",), "", 3, "~", False)),
        ("v=spf1 redirect=d.example", Spf((), "d.example", 1, "", False)),
        ("v=spf1 redirect=d.example +all", Spf((), "", 0, "+", False)),
        ("v=spf1 ptr all", Spf((), "", 1, "+", True)),
        ("V=SPF1 ip4:192.0.2.0/24 ?all", Spf((), "", 0, "?", False)),
        ("v=spf1", Spf((), "", 0, "", False)),
    ],
)
def test_an_spf_record_is_read(text, expected):
    assert read_spf(text) == expected


@pytest.mark.parametrize("text", ["", "v=spf2 -all", "v=spf10 -all", "spf1"])
def test_what_is_no_spf_record_is_none(text):
    assert read_spf(text) is None


def test_the_first_of_each_tag_counts():
    assert read_tags("v=DMARC1; P=none ; p=reject;rua") == {"v": "DMARC1", "p": "none"}


def test_a_policy_is_lines():
    assert read_sts_policy("version: STSv1\r\nmode: enforce\nmx: a\nmx: b\n") == {
        "version": "STSv1",
        "mode": "enforce",
        "mx": "a b",
    }


def test_the_size_of_a_key_is_read():
    key = rsa.generate_private_key(65_537, 1_024).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert rsa_bits(f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}") == 1_024


@given(st.text())
def test_any_text_is_read(text):
    read_spf(f"v=spf1 {text}")
    read_sts_policy(text)
    assert rsa_bits(f"p={text}") is None
    assert isinstance(read_tags(text), dict)
