import pytest

from chariot.errors import InvalidError
from chariot.modules.access.names import organisation_name


@pytest.mark.parametrize("name", ["a", "acme", "acme-2", "a.b_c", "x" * 63])
def test_a_name_is_taken_as_it_is(name):
    assert organisation_name(name, place="name") == name


@pytest.mark.parametrize("name", ["", "shared", "Acme", "a b", "-a", "a-", "a/b", "x" * 64, "é", "a\n"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InvalidError, match="name"):
        organisation_name(name, place="name")
