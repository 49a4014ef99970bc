"""What every graph adapter promises. Subclass it, name the subclass `Test…`, provide `graph` over `store`."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import RelationshipType
from chariot.model.states import Status, Surface
from chariot.modules.graph.path_model import FixKind
from chariot.modules.graph.ports import Graph
from chariot.modules.graph.service import GraphService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from support.graphs import (
    ACME,
    COMPANY,
    DEPLOY_KEY,
    LINKS,
    MAIL_HOST,
    MAIL_PORT,
    MAIL_RISK,
    NOON,
    ROLE,
    SEED,
    SHOP,
    SHOP_HOLE,
    SHOP_HOST,
    SHOP_PORT,
    SHOP_RISK,
    VAULT,
    relationships,
    tell,
)

OTHER = Organisation("other")


class GraphContract:
    @pytest.fixture
    async def store(self, tmp_path: Path):
        store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
        yield store
        await store.close()

    @pytest.fixture
    def surface(self, store: EntityStore) -> SurfaceService:
        return SurfaceService(store)

    @pytest.fixture
    def service(self, graph: Graph, store: EntityStore) -> GraphService:
        return GraphService(graph, store)

    async def test_a_path_leads_from_the_internet_over_a_weakness_and_a_key_to_what_matters(
        self, surface, service
    ) -> None:
        await tell(surface)

        found = await service.paths(ACME)

        (path,) = found.paths
        assert [(step.move, step.target) for step in path.steps] == [
            ("exposed", SHOP.key),
            ("exploit", SHOP.key),
            ("serves", SHOP_PORT.key),
            ("runs on", SHOP_HOST.key),
            ("find credential", DEPLOY_KEY.key),
            ("use credential", ROLE.key),
            ("control", VAULT.key),
        ]
        assert path.steps[1].risks == (SHOP_RISK.key,)
        assert [target.key for target in found.targets] == [VAULT.key]
        assert (found.assumed, found.complete, found.unreached) == (False, True, 0)

    async def test_steps_say_why_and_their_likelihoods_multiply_to_the_paths(self, surface, service) -> None:
        await tell(surface)

        (path,) = (await service.paths(ACME)).paths

        product = 1.0
        for step in path.steps:
            assert step.why
            product *= step.likelihood
        assert product == pytest.approx(path.likelihood, rel=1e-6)

    async def test_all_paths_to_one_target_stand_by_likelihood(self, surface, service) -> None:
        await tell(surface)
        reach = RelationshipType.CAN_REACH, MAIL_HOST, SHOP
        await tell(surface, links=[*LINKS, reach])

        found = await service.paths(ACME, VAULT.key, k=5)

        likelihoods = [path.likelihood for path in found.paths]
        assert len(likelihoods) == 2
        assert likelihoods == sorted(likelihoods, reverse=True)

    async def test_the_plan_names_the_fix_that_pays_most_and_a_smallest_set_that_ends_all(
        self, surface, service
    ) -> None:
        await tell(surface)

        plan = await service.fix_plan(ACME)

        first = plan.steps[0]
        assert (first.fix.kind, first.closed, first.open_targets) == (FixKind.MEND, 1.0, 0)
        assert first.fix.risks == (SHOP_RISK.key,)
        assert "Update httpd to 2.4.51" in first.fix.words
        assert (plan.smallest_cost, plan.possible, len(plan.smallest)) == (1, True, 1)

    async def test_where_nothing_is_marked_each_host_counts(self, surface, service) -> None:
        links = [link for link in LINKS if VAULT not in link]
        entities = tuple(COMPANY)
        await surface.observe(SHARED, Observations(capability="feeds", seen_at=NOON, entities=(SHOP_HOLE,)))
        await surface.observe(
            ACME,
            Observations(
                capability="test", seen_at=NOON, entities=entities, relationships=relationships(links)
            ),
        )

        found = await service.paths(ACME)

        assert found.assumed
        assert {target.key for target in found.targets} == {SHOP_HOST.key, MAIL_HOST.key}

    async def test_a_mended_risk_closes_its_paths(self, surface, service) -> None:
        await tell(surface)
        await service.paths(ACME)

        await surface.edit(
            ACME, [Edit(actor="anna", key=SHOP_RISK.key, fields={"state": "remediated"}, why="updated")]
        )

        found = await service.paths(ACME)
        assert found.paths == ()
        assert found.unreached == 1

    async def test_a_new_relationship_opens_a_path_and_its_end_closes_it(self, surface, service) -> None:
        await tell(surface, links=[link for link in LINKS if VAULT not in link])
        assert (await service.paths(ACME)).paths == ()

        await tell(surface)

        assert len((await service.paths(ACME)).paths) == 1

    async def test_what_all_learn_of_a_vulnerability_moves_its_paths(self, surface, service) -> None:
        await tell(surface)
        before = (await service.paths(ACME)).paths[0].likelihood
        worse = Vulnerability(id=SHOP_HOLE.id, ransomware=True)

        await surface.observe(
            SHARED, Observations(capability="feeds", seen_at=NOON + timedelta(hours=1), entities=(worse,))
        )

        assert (await service.paths(ACME)).paths[0].likelihood > before

    async def test_what_left_the_surface_is_on_no_path_and_has_no_surroundings(
        self, surface, service
    ) -> None:
        await tell(surface)
        await service.paths(ACME)

        await surface.edit(ACME, [Edit(actor="anna", key=SHOP.key, status=Status.EXCLUDED, why="not ours")])

        assert (await service.paths(ACME)).paths == ()
        with pytest.raises(NotFoundError):
            await service.neighbourhood(ACME, SHOP.key)

    async def test_no_organisation_sees_what_another_has(self, surface, service) -> None:
        await tell(surface)
        await tell(
            surface,
            OTHER,
            entities=[SHOP_HOST, MAIL_HOST],
            links=[(RelationshipType.CAN_REACH, MAIL_HOST, SHOP_HOST)],
        )

        theirs = await service.neighbourhood(OTHER, SHOP_HOST.key, hops=5)
        ours = await service.neighbourhood(ACME, SHOP_HOST.key, hops=5)

        assert set(theirs.keys) == {SHOP_HOST.key, MAIL_HOST.key}
        assert [link.type for link in theirs.links] == ["CAN_REACH"]
        assert "CAN_REACH" not in {link.type for link in ours.links}
        assert (await service.paths(OTHER)).paths == ()
        with pytest.raises(NotFoundError):
            await service.blast_radius(OTHER, DEPLOY_KEY.key)

    async def test_the_neighbourhood_stands_by_distance_and_says_what_it_leaves_out(
        self, surface, service
    ) -> None:
        await tell(surface)

        near = await service.neighbourhood(ACME, SHOP_HOST.key)
        small = await service.neighbourhood(ACME, SHOP_HOST.key, hops=3, limit=3)

        assert near.keys == (
            SHOP_HOST.key,
            DEPLOY_KEY.key,
            Key("#netblock#192.0.2.0/28"),
            SHOP_PORT.key,
        )
        assert [(link.source, link.type) for link in near.links] == [
            (SHOP_HOST.key, "HAS_CREDENTIAL"),
            (SHOP_HOST.key, "HAS_PORT"),
            ("#netblock#192.0.2.0/28", "CONTAINS"),
        ]
        assert not near.left_out
        assert len(small.keys) == 3
        assert small.left_out
        with pytest.raises(InvalidError):
            await service.neighbourhood(ACME, SHOP_HOST.key, hops=0)

    async def test_the_blast_radius_is_all_that_falls_with_an_asset(self, surface, service) -> None:
        await tell(surface)

        blast = await service.blast_radius(ACME, SHOP_HOST.key, limit=2)

        assert blast.held == {"credential": 1, "file": 2}
        assert [place.key for place in blast.critical] == [VAULT.key]
        assert len(blast.places) == 2
        assert blast.left_out > 0

    async def test_pruning_tells_what_would_leave_and_changes_nothing(self, surface, service) -> None:
        await tell(surface)

        pruned = await service.prune(ACME, [SHOP_PORT.key])

        assert pruned.leaves == {"port": 1, "risk": 1, "webapplication": 1}
        assert set(pruned.items) == {SHOP_PORT.key, SHOP.key, SHOP_RISK.key}
        assert len((await service.paths(ACME)).paths) == 1

    async def test_keystones_carry_what_is_known_through_them_alone(self, surface, service) -> None:
        await tell(surface)

        first, *_ = await service.keystones(ACME)

        pruned = await service.prune(ACME, [SEED.key])
        assert (first.key, first.carries) == (SEED.key, sum(pruned.leaves.values()))

    async def test_a_position_says_how_far_one_gets_from_there(self, surface, service) -> None:
        await tell(surface)

        shop, vault = [await service.position(ACME, one.key) for one in (SHOP, VAULT)]

        assert shop.leads_to_critical
        assert shop.reachable > vault.reachable == 0
        assert 0 < vault.likelihood < shop.likelihood < 1

    async def test_the_past_is_answered_as_it_was(self, surface, service, store) -> None:
        await tell(surface)
        (version, *_) = (await store.versions(ACME, SHOP_RISK.key)).items
        # The log's clock is the store's own; the moment between two writes is taken from it.
        before = (await store.changes(await store.last_sequence() - 1, 1))[0].at
        await surface.edit(
            ACME, [Edit(actor="anna", key=SHOP_RISK.key, fields={"state": "remediated"}, why="updated")]
        )

        assert version.valid_from <= before
        assert len((await service.paths(ACME, as_of=before)).paths) == 1
        assert (await service.paths(ACME, as_of=before - timedelta(days=400))).paths == ()
        assert (await service.paths(ACME)).paths == ()

    async def test_questions_at_the_same_time_are_answered_alike(self, surface, service) -> None:
        await tell(surface)

        first, *others = await asyncio.gather(*(service.fix_plan(ACME) for _ in range(4)))

        assert all(one == first for one in others)

    async def test_private_addresses_are_not_on_the_internet(self, surface, service) -> None:
        host, port = Address(ip="10.0.0.7"), Port(address="10.0.0.7", protocol="tcp", number=443)
        risk = Risk(target=port.key, weakness=SHOP_HOLE.id)
        links = [(RelationshipType.HAS_PORT, host, port), (RelationshipType.HAS_RISK, port, risk)]

        await tell(surface, entities=[host, port, risk], links=links)

        assert (await service.position(ACME, host.key)).likelihood == 0

    async def test_a_host_in_the_same_network_is_a_step_from_one_that_is_held(self, surface, service) -> None:
        inside = Address(ip="192.0.2.10")
        port = Port(address="192.0.2.10", protocol="tcp", number=445)
        risk = Risk(target=port.key, weakness=MAIL_RISK.weakness)
        links = [
            *LINKS,
            (RelationshipType.CONTAINS, COMPANY[1], inside),
            (RelationshipType.HAS_PORT, inside, port),
            (RelationshipType.HAS_RISK, port, risk),
        ]
        await tell(surface)
        await surface.observe(
            ACME,
            Observations(
                capability="agent",
                seen_at=NOON,
                surface=Surface.INTERNAL,
                entities=(inside, port, risk),
                relationships=relationships(links[-3:]),
            ),
        )

        found = await service.paths(ACME, inside.key, k=1)

        moves = [step.move for step in found.paths[0].steps]
        assert moves[-6:] == ["runs on", "enter network", "same network", "listens", "exploit", "runs on"]
        assert MAIL_PORT.key != port.key
