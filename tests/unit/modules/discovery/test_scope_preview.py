import pytest

from chariot.model.kinds.network import Address, Domain, Netblock, Port, WebApplication
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Depth, Status
from chariot.modules.discovery.scope_preview import ScopePreviews, SeedChange

from .world import ORGANISATION

CORP = Seed(value="corp.example", deny=("old.corp.example",))
BLOCK = Seed(value="9.9.8.0/22")
WWW, OLD = Domain(host="www.corp.example"), Domain(host="old.corp.example")
HOST, INSIDE, V6 = Address(ip="8.8.8.8"), Address(ip="9.9.9.9"), Address(ip="2606:4700::1")
SSH = Port(address="8.8.8.8", protocol="tcp", number=22)


@pytest.fixture
async def previews(world) -> ScopePreviews:
    resolves = RelationshipType.RESOLVES_TO
    await world.decide(CORP, BLOCK)
    await world.see(
        *(WWW, OLD, HOST, INSIDE, V6, SSH, Netblock(cidr="9.9.9.0/24"), Domain(host="shop.other.example")),
        WebApplication(url="https://shop.other.example/"),
        relationships=(
            Relationship(resolves, WWW.key, HOST.key),
            Relationship(resolves, WWW.key, INSIDE.key),
        ),
    )
    return ScopePreviews(world.store, world.keeper)


async def test_a_new_name_brings_in_what_lies_below_it(previews) -> None:
    preview = await previews.preview(ORGANISATION, [SeedChange(value="other.example")])

    assert preview.comes_in == {"domain": 1, "webapplication": 1}
    assert preview.falls_out == {}
    assert preview.incoming[0].why == "shop.other.example belongs to the seed other.example"
    assert preview.is_complete


async def test_a_name_that_goes_takes_its_addresses_with_it_but_for_those_of_another_seed(previews) -> None:
    preview = await previews.preview(ORGANISATION, [], [CORP.value])

    assert preview.falls_out == {"domain": 1, "address": 1, "port": 1}
    assert {moved.key for moved in preview.outgoing} == {WWW.key, HOST.key, SSH.key}


async def test_a_block_that_goes_leaves_what_a_name_still_holds(previews) -> None:
    preview = await previews.preview(ORGANISATION, [], [BLOCK.value])

    assert preview.falls_out == {"netblock": 1}
    assert preview.looked_at == 2


@pytest.mark.parametrize(
    ("deny", "comes_in", "falls_out"),
    [
        ((), {"domain": 1}, {}),
        (("old.corp.example", "8.8.8.0/24"), {}, {"address": 1, "port": 1}),
        (("www.corp.example",), {"domain": 1}, {"domain": 1, "address": 1, "port": 1}),
        (None, {}, {}),
    ],
)
async def test_a_denial_takes_out_and_one_taken_back_brings_in(previews, deny, comes_in, falls_out) -> None:
    preview = await previews.preview(ORGANISATION, [SeedChange(value=CORP.value, deny=deny)])

    assert (preview.comes_in, preview.falls_out) == (comes_in, falls_out)


@pytest.mark.parametrize(
    ("seed", "deeper", "shallower"),
    [
        (SeedChange(value=BLOCK.value, depth=Depth.DEEP), 2, 0),
        (SeedChange(value=BLOCK.value, depth=Depth.LIGHT), 0, 2),
        (SeedChange(value=CORP.value, depth=Depth.PASSIVE), 0, 3),
    ],
)
async def test_another_depth_moves_nothing_and_is_told(previews, seed, deeper, shallower) -> None:
    preview = await previews.preview(ORGANISATION, [seed])

    assert (preview.comes_in, preview.falls_out) == ({}, {})
    assert (preview.deeper, preview.shallower) == (deeper, shallower)


@pytest.mark.parametrize("value", ["2606:4700::/32", "2606:4700::1", "2606:4700::/33"])
async def test_a_network_of_the_sixth_version_is_found(previews, value) -> None:
    assert (await previews.preview(ORGANISATION, [SeedChange(value=value)])).comes_in == {"address": 1}


async def test_what_a_person_excluded_comes_in_by_no_seed(world, previews) -> None:
    key = Domain(host="shop.other.example").key
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=key, status=Status.EXCLUDED)])

    assert (await previews.preview(ORGANISATION, [SeedChange(value="other.example")])).comes_in == {}


async def test_a_seed_that_was_excluded_comes_back_with_its_denials(world, previews) -> None:
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=CORP.key, status=Status.EXCLUDED)])

    preview = await previews.preview(ORGANISATION, [SeedChange(value=CORP.value)])

    assert preview.comes_in == {"domain": 1, "address": 1, "port": 1}


async def test_a_preview_looks_at_so_many_things_and_says_so(world, previews) -> None:
    preview = await ScopePreviews(world.store, world.keeper, limit=1).preview(ORGANISATION, [], [CORP.value])

    assert (preview.looked_at, preview.is_complete) == (1, False)
