from datetime import timedelta

import msgspec
import pytest

from chariot.errors import ConfigurationError
from chariot.model.keys import Key
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import Job
from chariot.model.states import Outcome
from chariot.modules.discovery.cadence import Cadence, job_key, job_keys

from .world import NOON, ORGANISATION, Dns

ACCEPTS = {"dns": ("domain",), "http": ("domain", "address")}
DAY = timedelta(days=1)
TARGET = Key("#domain#corp.example")


@pytest.fixture
async def records(world):
    await world.see(Domain(host="corp.example"), Job(capability="dns", target=TARGET, outcome=Outcome.DONE))
    found = await world.store.get(ORGANISATION, [TARGET, job_key("dns", TARGET)])
    job = found[job_key("dns", TARGET)]
    # The store's clock is another one than that of these sightings.
    return msgspec.structs.replace(found[TARGET], updated=job.visited), job


def test_an_answer_is_good_for_its_period(records) -> None:
    target, job = records
    cadence = Cadence()

    assert not cadence.is_due(Dns, target, job, job.visited + DAY * 0.5)
    assert cadence.is_due(Dns, target, job, job.visited + DAY)


def test_a_period_is_set_for_a_capability_or_for_one_of_its_kinds(records) -> None:
    target, job = records

    assert Cadence({"dns": 1}).is_due(Dns, target, job, job.visited + DAY * 0.5)
    assert Cadence({"dns": {"domain": 1}}).is_due(Dns, target, job, job.visited + DAY * 0.5)
    assert not Cadence({"dns": {"address": 1}}).is_due(Dns, target, job, job.visited + DAY * 0.5)


def test_what_was_never_looked_at_could_not_be_or_changed_since_is_due(records) -> None:
    target, job = records
    cadence = Cadence()
    unknown = msgspec.structs.replace(job.entity, outcome=Outcome.UNKNOWN)

    assert cadence.is_due(Dns, target, None, NOON)
    assert cadence.is_due(Dns, target, msgspec.structs.replace(job, entity=unknown), job.visited)
    assert cadence.is_due(Dns, msgspec.structs.replace(target, updated=job.visited + DAY), job, job.visited)


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        ({"nothing": 1}, r"periods\.nothing: no capability is called that"),
        ({"dns": 0}, r"periods\.dns: hours are above 0"),
        ({"dns": {"address": 1}}, r"periods\.dns\.address: it does not accept that"),
        ({"dns": {"nonsense": 1}}, r"periods\.dns\.nonsense: no kind is called that"),
        ({"dns": {"domain": -1}}, r"periods\.dns: hours are above 0"),
    ],
)
def test_a_wrong_period_is_named(periods, said) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Cadence(periods).check(ACCEPTS)


def test_jobs_have_the_keys_of_their_targets(records) -> None:
    target, job = records

    Cadence({"dns": 5, "http": {"address": 2}}).check(ACCEPTS)

    assert job_keys([target], ["dns"]) == [job.key]
