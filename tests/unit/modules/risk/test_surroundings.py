import pytest

from chariot.model.kinds.network import Address, Netblock
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import File
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity, Status, Surface
from chariot.modules.risk.surroundings import Surroundings

from .conftest import ACME

HOST = Address(ip="192.0.2.7")
OTHER = Address(ip="192.0.2.9")
HIDDEN = Address(ip="10.1.2.3")
IMAGE = File(path="registry.example.com/shop:1")
FLAW = Risk(target=IMAGE.key, weakness="manual:flaw", severity=Severity.HIGH)


async def write(world, *entities, links=(), **batch):
    seen = Observations(
        capability="test", seen_at=world.now(), entities=entities, relationships=tuple(links), **batch
    )
    await world.surface.observe(ACME, seen)
    await world.run()


def runs(*hosts):
    return [Relationship(RelationshipType.HAS_FILE, host.key, IMAGE.key) for host in hosts]


async def exposure(world, risk=FLAW):
    explanation = await world.risks.explain(ACME, risk.key)
    return next((one.value, one.points) for one in explanation.factors if one.name == "exposure")


async def test_an_image_that_nothing_runs_is_internal_and_says_why(world):
    await write(world, IMAGE, FLAW)

    assert await exposure(world) == ("internal, as nothing on the internet is known to have it", 5)


async def test_an_image_is_on_the_internet_with_a_host_there_that_runs_it(world):
    await write(world, IMAGE, FLAW, HOST, OTHER, HIDDEN, links=runs(HIDDEN, OTHER, HOST))

    assert await exposure(world) == ("internet, as 192.0.2.7 has it", 12)


@pytest.mark.parametrize(("host", "surface"), [(HIDDEN, Surface.EXTERNAL), (HOST, Surface.INTERNAL)])
async def test_a_host_inside_exposes_nothing(world, host, surface):
    await write(world, host, surface=surface)
    await write(world, IMAGE, FLAW, links=runs(host))

    assert (await exposure(world))[1] == 5


async def test_what_left_the_surface_exposes_nothing(world):
    await write(world, IMAGE, FLAW, HOST, links=runs(HOST))
    gone = Edit(actor="somebody", why="switched off", key=HOST.key, status=Status.GONE)
    await world.surface.edit(ACME, [gone])

    assert (await exposure(world))[1] == 5


async def test_a_netblock_is_on_the_internet_with_an_address_of_it(world):
    block = Netblock(cidr="192.0.2.0/28")
    risk = Risk(target=block.key, weakness="manual:flaw", severity=Severity.HIGH)
    await write(world, block, risk)
    assert (await exposure(world, risk))[1] == 5

    await write(world, HOST, links=[Relationship(RelationshipType.CONTAINS, block.key, HOST.key)])

    assert await exposure(world, risk) == ("internet, as 192.0.2.7 has it", 12)


async def test_the_stored_score_follows_a_file_that_a_host_has_later(world):
    link = Relationship(RelationshipType.HAS_RISK, IMAGE.key, FLAW.key)
    await write(world, IMAGE, FLAW, links=[link])
    earlier = (await world.risk(FLAW.weakness, IMAGE.key)).score

    await write(world, HOST, links=runs(HOST))

    assert (await world.risk(FLAW.weakness, IMAGE.key)).score == earlier + 7


async def test_the_one_holder_on_the_internet_is_found_behind_many_inside(world):
    inside = [Address(ip=f"10.1.2.{number}") for number in range(1, 8)]
    await write(world, IMAGE, FLAW, *inside, links=runs(*inside))
    await write(world, HOST, links=runs(HOST))

    (around,) = await Surroundings(world.surface.store, holders_at_once=3).of(ACME, [FLAW])

    assert around.holder.key == HOST.key
