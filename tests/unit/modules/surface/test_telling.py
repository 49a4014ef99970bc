from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.modules.surface import decide
from chariot.modules.surface.telling import Watched

SEED = Seed(value="example.com")


def test_a_decision_that_is_asked_again_tells_what_it_did_last():
    watched = Watched(decide.edit([Edit(actor="ann", entity=SEED)], 5))

    watched({}, {})
    watched({}, {})

    (told,) = watched.decided
    assert (told.key, told.kind, told.op, told.actor, told.before) == (SEED.key, "seed", "created", "ann", "")
    assert len(told.after) == 64
