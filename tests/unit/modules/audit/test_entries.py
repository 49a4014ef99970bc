from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Ending, Entry


def test_what_is_not_said_to_end_otherwise_was_allowed() -> None:
    assert Entry(organisation=Organisation("acme"), actor="a", action="b").ending is Ending.ALLOWED
