import pytest

from chariot.errors import InvalidError, NotFoundError
from chariot.model.kinds.work import AlertRule
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.alerts.service import AlertService
from chariot.modules.surface.service import SurfaceService

RULE = AlertRule(label="urgent").key


@pytest.fixture
def alerts(scene) -> AlertService:
    scene.surface = SurfaceService(scene.store, now=scene.now, seal=lambda _, text: f"sealed({text})")
    return AlertService(
        scene.surface,
        scene.stage._channels,
        reveal=lambda _, text: text.removeprefix("sealed(").removesuffix(")"),
        now=scene.now,
    )


async def stored(scene) -> Record:
    return (await scene.store.get("acme", [RULE]))[RULE]


def rule(scene, **fields) -> AlertRule:
    return AlertRule(
        label="urgent", channel=f"http://127.0.0.1:{scene.port}/urgent", signing_key="k3y", **fields
    )


async def test_a_rule_is_kept_without_its_secrets_in_plain_text(scene, alerts):
    await alerts.put("acme", rule(scene, minimum_score=80), actor="ann")

    kept = (await stored(scene)).entity
    assert (kept.minimum_score, kept.signing_key) == (80, "sealed(k3y)")
    assert kept.channel.startswith("sealed(")


async def test_setting_a_rule_again_replaces_it_whole(scene, alerts):
    await alerts.put("acme", rule(scene, minimum_score=80, known_exploited_only=True), actor="ann")

    await alerts.put("acme", rule(scene), actor="bob")

    kept = (await stored(scene)).entity
    assert (kept.minimum_score, kept.known_exploited_only) == (70, False)


async def test_a_trial_reaches_the_channel_and_says_that_it_is_one(scene, alerts):
    await alerts.put("acme", rule(scene), actor="ann")

    await alerts.try_out("acme", "urgent")

    assert scene.causes == ["trial"]


async def test_an_ended_rule_is_history(scene, alerts):
    await alerts.put("acme", rule(scene), actor="ann")

    await alerts.end("acme", "urgent", actor="ann")

    assert (await stored(scene)).status is Status.GONE
    with pytest.raises(NotFoundError):
        await alerts.try_out("acme", "urgent")


async def test_a_channel_that_is_no_address_is_refused(scene, alerts):
    with pytest.raises(InvalidError, match="channel"):
        await alerts.put("acme", AlertRule(label="urgent", channel="everybody"), actor="ann")


@pytest.mark.parametrize("label", ["nobody", "Not A Label"])
async def test_a_rule_that_is_not_there_is_said_so(alerts, label):
    with pytest.raises((NotFoundError, InvalidError)):
        await alerts.end("acme", label, actor="ann")
