import msgspec
import pytest

from chariot.model.keys import SYSTEM
from chariot.modules.audit.entries import Ending, Entry


def test_an_entry_says_nothing_that_nobody_told_it() -> None:
    entry = Entry(organisation=SYSTEM, actor="", action="session:begin", ending=Ending.REFUSED)

    assert (entry.object, entry.before, entry.after, entry.details) == ("", "", "", {})


def test_an_entry_cannot_be_changed() -> None:
    entry = Entry(organisation=SYSTEM, actor="user:ada", action="session:begin")

    with pytest.raises(AttributeError):
        entry.actor = "user:eve"  # type: ignore[misc]  # what is tried here is the mistake itself
    assert msgspec.to_builtins(entry)["actor"] == "user:ada"
