from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.webhook.signature import sign, verify


@given(st.text(min_size=1), st.integers(0, 2**40), st.binary())
def test_what_was_signed_verifies(key, timestamp, body):
    assert verify(key, timestamp, body, sign(key, timestamp, body))


@given(st.text(max_size=80))
def test_any_other_text_does_not_verify(signature):
    assert not verify("key", 1, b"{}", signature)
