import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.caching.ports import Shelf


@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", "\x00"])
def test_a_shelf_without_a_proper_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        Shelf(Organisation("acme"), text)
    with pytest.raises(InvalidError):
        Shelf(Organisation(text), "lists")
