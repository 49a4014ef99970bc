"""CVSS scores of vectors."""

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.scores import score_vector


# CVE-2014-0160 (2.0), CVE-2013-1937 and CVE-2013-0375 (3.1) stand among FIRST's published examples.
@pytest.mark.parametrize(
    ("vector", "version", "score"),
    [
        ("AV:N/AC:L/Au:N/C:P/I:N/A:N", "2.0", 5.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "3.1", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", "3.1", 6.4),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.0", 9.8),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "4.0", 10.0),
    ],
)
def test_a_vector_has_its_published_score(vector, version, score):
    result = score_vector(vector, "somebody")

    assert (result.version, result.score, result.source) == (version, score, "somebody")


@pytest.mark.parametrize(
    "vector", ["", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N", "AV:X/AC:L/Au:N/C:P/I:N/A:N", "x" * 500]
)
def test_what_is_no_vector_is_refused(vector):
    with pytest.raises(InvalidError, match="not a CVSS vector"):
        score_vector(vector)
