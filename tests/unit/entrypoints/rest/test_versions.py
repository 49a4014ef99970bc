from datetime import UTC, datetime

import pytest

from chariot.entrypoints.rest.versions import VERSION, Deprecation, check_version, deprecation_headers
from chariot.errors import InvalidError


@pytest.mark.parametrize("asked", ["1.0", VERSION])
def test_older_versions_of_the_same_first_number_are_spoken(asked):
    check_version(asked)


@pytest.mark.parametrize(
    "asked", ["", "1", "2.0", "0.9", "1.9999", "1.0.0", "1.00", "01.0", "1.0 ", "one", "1.-1"]
)
def test_another_version_is_refused_by_name(asked):
    with pytest.raises(InvalidError, match="chariot-version"):
        check_version(asked)


def test_what_will_go_says_since_when_until_when_and_what_comes_instead():
    told = Deprecation(
        since=datetime(2026, 1, 1, tzinfo=UTC), sunset=datetime(2026, 7, 1, tzinfo=UTC), link="/docs/new"
    )

    assert deprecation_headers(told) == {
        "deprecation": "@1767225600",
        "sunset": "Wed, 01 Jul 2026 00:00:00 GMT",
        "link": '</docs/new>; rel="deprecation"',
    }
    assert deprecation_headers(None) == {}
