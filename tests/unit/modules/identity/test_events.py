from chariot.model.keys import SYSTEM
from chariot.modules.audit.entries import Ending
from chariot.modules.identity.events import Events, Visit
from chariot.modules.identity.proof import UnprovenError
from identity_fakes import Log

HERE = Visit("192.0.2.7", "r1")


async def test_what_was_refused_and_what_was_done_is_told_with_where_it_came_from():
    log = Log()
    Events(log).refused("session:refuse", HERE, UnprovenError("expired"))
    await Events(log).done("session:end", HERE, "user:ada", object_="x", method="oidc")

    refused, done = log.entries
    assert (refused.ending, refused.actor, refused.details) == (Ending.REFUSED, "", {"reason": "expired"})
    assert (done.ending, done.actor, done.object) == (Ending.ALLOWED, "user:ada", "x")
    assert {(one.organisation, one.address, one.request_id) for one in log.entries} == {
        (SYSTEM, "192.0.2.7", "r1")
    }


async def test_without_a_log_nothing_is_told():
    Events().refused("session:refuse", HERE, UnprovenError("expired"))
    await Events().done("session:end", HERE, "user:ada")
