from datetime import timedelta

import msgspec
import pytest

from chariot.errors import InvalidError, UnavailableError
from chariot.model.kinds.incident import Incident
from chariot.model.observations import Edit, Observations
from chariot.model.records import Op
from chariot.model.states import Outcome, RiskState, Severity, Status
from chariot.modules.alerts.ports import UndeliveredError
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import NOTIFY
from chariot.modules.work.relay import Notice

from .conftest import ACME, RISK

# One of the services of `apprise` loads a module that Python is about to drop; it does without.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


async def test_a_risk_at_the_minimum_is_told_with_its_reasons(scene):
    await scene.rule(minimum_score=70)
    await scene.score(None)
    await scene.score(70, exploited=True)

    await scene.tell()

    (alert,) = scene.received
    assert (alert["cause"], alert["score"], alert["weakness"]) == ("new", 70, "CVE-2024-1000")
    assert alert["known_exploited"] is True
    assert alert["factors"] == [{"name": "known exploited", "value": "yes", "points": 15.0}]


async def test_a_risk_below_the_minimum_is_not_told(scene):
    await scene.rule(minimum_score=70)
    await scene.score(None)
    await scene.score(69)

    await scene.tell()

    assert scene.received == []


async def test_a_message_that_comes_again_is_not_told_again(scene):
    await scene.rule()
    await scene.score(80)

    await scene.stage.handle(scene.message())
    await scene.stage.handle(scene.message())

    assert len(scene.received) == 1


async def test_another_score_above_the_minimum_is_not_told_again(scene):
    await scene.rule()
    await scene.score(None)
    await scene.score(80)
    await scene.tell()

    await scene.score(90)
    changes = await scene.tell()

    assert changes == 1
    assert scene.causes == ["new"]


async def test_a_score_that_crosses_the_minimum_again_is_told_again(scene):
    await scene.rule()
    for score in (None, 80, 50, 75):
        await scene.score(score)
        await scene.tell()

    assert scene.causes == ["new", "raised"]
    first, second = (alert["id"] for alert in scene.received)
    assert first != second


async def test_a_rule_for_known_exploited_ones_waits_until_they_are(scene):
    await scene.rule(known_exploited_only=True)
    for exploited in (False, False, True):
        await scene.score(80 + exploited, exploited=exploited)
        await scene.tell()

    assert scene.causes == ["raised"]


@pytest.mark.parametrize("state", [RiskState.ACCEPTED, RiskState.REJECTED, RiskState.REMEDIATED])
async def test_what_a_person_settled_is_not_told(scene, state):
    await scene.rule()
    await scene.score(50)
    until = {RiskState.ACCEPTED: scene.at + timedelta(days=30)}.get(state)
    await scene.risks.transition(ACME, RISK.key, state, "ann", "known", until=until)
    await scene.surface.edit(ACME, [Edit(actor="ann", key=RISK.key, fields={"score": 90})])

    await scene.tell()

    assert scene.received == []


async def test_what_is_opened_again_is_told_again(scene):
    await scene.rule()
    await scene.score(None)
    await scene.score(80)
    await scene.tell()
    await scene.risks.transition(ACME, RISK.key, RiskState.REMEDIATED, "ann", "updated")
    await scene.tell()

    await scene.risks.transition(ACME, RISK.key, RiskState.OPEN, "ann", "still there")
    await scene.tell()

    assert scene.causes == ["new", "reopened"]


async def test_what_returns_to_the_surface_is_told_again(scene):
    await scene.rule()
    await scene.score(None)
    await scene.score(80)
    await scene.tell()
    await scene.surface.edit(ACME, [Edit(actor="ann", key=RISK.key, status=Status.GONE)])
    await scene.tell()

    await scene.score(80)
    await scene.tell()

    assert scene.causes == ["new", "returned"]


async def test_a_rule_that_is_not_in_force_tells_nobody(scene):
    await scene.rule(enabled=False)
    await scene.score(80)

    await scene.stage.handle(scene.message())

    assert scene.received == []


async def test_a_channel_that_is_away_is_tried_again_and_the_others_are_told_once(scene):
    await scene.rule("first")
    await scene.rule("second")
    await scene.score(80)
    scene.statuses = {"/first": 503}

    with pytest.raises(UndeliveredError, match=r"rule first: .*503"):
        await scene.stage.handle(scene.message())
    scene.statuses = {}
    await scene.stage.handle(scene.message())

    told = [(alert["rule"], alert["status"]) for alert in scene.received]
    assert sorted(told) == [("first", 204), ("first", 503), ("second", 204)]
    first, again = (alert["id"] for alert in scene.received if alert["rule"] == "first")
    assert first == again


async def test_a_refusal_is_kept_with_its_reason_and_is_final(scene):
    await scene.rule()
    await scene.score(80)
    scene.statuses = {"/urgent": 404}

    with pytest.raises(InvalidError, match=r"rule urgent: .*404"):
        await scene.stage.handle(scene.message())

    job = await scene.job()
    assert job.outcome is Outcome.UNKNOWN
    assert "404" in job.reason


async def test_a_dead_letter_that_is_replayed_after_mending_is_delivered(scene):
    await scene.rule()
    await scene.score(80)
    scene.statuses = {"/urgent": 404}
    with pytest.raises(InvalidError):
        await scene.stage.handle(scene.message())

    scene.statuses = {}
    await scene.stage.handle(scene.message())

    assert [alert["status"] for alert in scene.received] == [404, 204]
    assert (await scene.job()).outcome is Outcome.DONE


@pytest.mark.parametrize(
    "channel", ["nosuch://s3cret-token@host", "json://127.0.0.1/s3cret-token", "http://10.0.0.1/s3cret-token"]
)
async def test_no_error_quotes_the_channel(scene, channel):
    await scene.rule(channel=channel)
    await scene.score(80)

    with pytest.raises(InvalidError) as refused:
        await scene.stage.handle(scene.message())

    assert "s3cret-token" not in str(refused.value)
    assert "s3cret-token" not in (await scene.job()).reason


async def test_a_long_label_has_a_job_of_its_own(scene):
    await scene.rule("a" * 127 + "b")
    await scene.rule("a" * 127 + "c")
    await scene.score(80)

    await scene.stage.handle(scene.message())
    await scene.stage.handle(scene.message())

    assert len(scene.received) == 2


async def test_a_risk_that_is_not_there_is_nothing_to_tell(scene):
    await scene.rule()

    await scene.stage.handle(scene.message())

    assert scene.received == []


async def test_a_store_that_is_away_after_a_delivery_sends_nothing_again(scene):
    await scene.rule()
    await scene.score(80)
    observe = scene.surface.observe

    async def away(*_):
        raise UnavailableError("the store is away")

    scene.surface.observe = away
    with pytest.raises(UnavailableError, match="the store is away"):
        await scene.stage.handle(scene.message())
    scene.surface.observe = observe
    await scene.stage.handle(scene.message())

    assert len(scene.received) == 1
    assert (await scene.job()).outcome is Outcome.DONE


async def test_an_incident_is_told_once(scene):
    incident = Incident(
        id="brute-force.20260301.0", rule="brute-force", title="Many failures", subject="ann",
        severity=Severity.HIGH, began_at=scene.now(),
    )  # fmt: skip
    await scene.rule(minimum_score=70)
    await scene.surface.observe(
        ACME, Observations(capability="detection", seen_at=scene.now(), entities=(incident,))
    )
    notice = Notice(sequence=1, key=incident.key, kind="incident", op=Op.CREATED)
    body = msgspec.json.encode(notice)
    message = Message(queue=NOTIFY, id="1", organisation=ACME, order_key=incident.key, body=body)

    await scene.stage.handle(message)
    await scene.stage.handle(message)

    (alert,) = scene.received
    assert (alert["cause"], alert["score"], alert["risk"]) == ("incident", 80, incident.key)
    assert alert["title"] == "Many failures: ann"


async def test_what_comes_together_is_told_once(scene):
    await scene.rule(minimum_score=70)
    await scene.score(None)
    await scene.score(70)

    await scene.stage.handle_all([scene.message(1)])
    await scene.stage.handle_all([scene.message(2)])

    assert scene.causes == ["new"]


async def test_where_nobody_listens_nothing_is_told(scene):
    await scene.score(70)

    await scene.stage.handle_all([scene.message(1), scene.message(2)])

    assert scene.received == []
