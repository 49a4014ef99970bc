import gzip

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.rest.compression import compressed, preferred
from chariot.entrypoints.rest.operations import Answer

LARGE = Answer(body=b"chariot " * 1_000, headers={"etag": '"7-abcd"'})


def test_a_large_body_is_packed_and_is_another_representation():
    packed = compressed(LARGE, "zstd")

    assert zstandard.ZstdDecompressor().decompress(packed.body) == LARGE.body
    assert packed.headers == {"etag": '"7-abcd-z"', "content-encoding": "zstd", "vary": "accept-encoding"}
    assert gzip.decompress(compressed(LARGE, "gzip").body) == LARGE.body


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0"])
def test_who_reads_neither_gets_it_as_it_is(accepted):
    assert compressed(LARGE, accepted) is LARGE


def test_a_small_body_is_left_as_it_is():
    small = Answer(body=b"{}")

    assert compressed(small, "zstd") is small


@given(st.text(max_size=60))
def test_whatever_is_accepted_is_understood_or_left_alone(text):
    assert preferred(text) in ("", "gzip", "zstd")
