"""Small graphs for tests of attack paths: random ones to compare with networkx, and a surface that can be told."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Netblock, Port, WebApplication
from chariot.model.kinds.weakness import Credential, Risk, Vulnerability
from chariot.model.kinds.work import File, Seed
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Surface
from chariot.modules.graph.adjacency import EdgeList, Edges
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

edge_lists = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 1), st.integers(1, 9)), max_size=30
)
"""Source, target, label and cost of edges between eight nodes."""


def edges_of(rows: Iterable[tuple[int, int, int, int]]) -> Edges:
    """Return *rows* as columns."""
    found = EdgeList()
    for row in rows:
        found.add(*row)
    return found.edges()


def as_networkx(rows: Iterable[tuple[int, int, int, int]], nodes: int = 8) -> nx.DiGraph:
    """Return *rows* as a graph of networkx: of parallel edges the cheapest, of the same edge the last."""
    last = {(source, target, label): cost for source, target, label, cost in rows}
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for (source, target, _), cost in last.items():
        known = graph.get_edge_data(source, target)
        if known is None or cost < known["weight"]:
            graph.add_edge(source, target, weight=cost)
    return graph


def everything_alive(nodes: int = 8) -> np.ndarray:
    """Return that all nodes are there."""
    return np.ones(nodes, bool)


# A small company: a shop on the internet, a host behind it that keeps a key, a role that the key opens, and the
# vault that only the role controls. Beside it a mail server from which nothing leads on.

SEED = Seed(value="192.0.2.0/28")
BLOCK = Netblock(cidr="192.0.2.0/28")
SHOP_HOST = Address(ip="192.0.2.7")
SHOP_PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
SHOP = WebApplication(url="https://192.0.2.7/")
MAIL_HOST = Address(ip="192.0.2.9")
MAIL_PORT = Port(address="192.0.2.9", protocol="tcp", number=25)
DEPLOY_KEY = Credential(type="aws-access-key", fingerprint="a" * 64)
ROLE = File(path="iam/deploy")
VAULT = File(path="s3/customers")
SHOP_HOLE = Vulnerability(
    id="CVE-2021-42013",
    epss=0.97,
    known_exploited=True,
    cvss_vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
)
MAIL_HOLE = Vulnerability(
    id="CVE-2019-10149", epss=0.5, cvss_vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
)
SHOP_RISK = Risk(target=SHOP.key, weakness=SHOP_HOLE.id, remediation="Update httpd to 2.4.51.")
MAIL_RISK = Risk(target=MAIL_PORT.key, weakness=MAIL_HOLE.id)

_T = RelationshipType
LINKS: Sequence[tuple[RelationshipType, Entity, Entity]] = (
    (_T.DISCOVERED, SEED, BLOCK),
    (_T.CONTAINS, BLOCK, SHOP_HOST),
    (_T.CONTAINS, BLOCK, MAIL_HOST),
    (_T.HAS_PORT, SHOP_HOST, SHOP_PORT),
    (_T.HAS_PORT, MAIL_HOST, MAIL_PORT),
    (_T.SERVES, SHOP_PORT, SHOP),
    (_T.HAS_RISK, SHOP, SHOP_RISK),
    (_T.HAS_RISK, MAIL_PORT, MAIL_RISK),
    (_T.HAS_CREDENTIAL, SHOP_HOST, DEPLOY_KEY),
    (_T.OPENS, DEPLOY_KEY, ROLE),
    (_T.CONTROLS, ROLE, VAULT),
)
COMPANY = (
    SEED, BLOCK, SHOP_HOST, SHOP_PORT, SHOP, MAIL_HOST, MAIL_PORT, DEPLOY_KEY, ROLE, SHOP_RISK, MAIL_RISK,
)  # fmt: skip
CRITICAL = {"criticality": "critical"}


def relationships(links: Iterable[tuple[RelationshipType, Entity, Entity]]) -> tuple[Relationship, ...]:
    """Return links between entities as relationships."""
    return tuple(Relationship(type_, source.key, target.key) for type_, source, target in links)


async def tell(
    surface: SurfaceService,
    organisation: Organisation = ACME,
    *,
    entities: Sequence[Entity] = COMPANY,
    links: Sequence[tuple[RelationshipType, Entity, Entity]] = LINKS,
    seen_at: datetime = NOON,
) -> None:
    """Write the small company, its vault marked as critical, and what all know of its two weaknesses."""
    shared = Observations(capability="feeds", seen_at=seen_at, entities=(SHOP_HOLE, MAIL_HOLE))
    await surface.observe(Organisation("shared"), shared)
    await surface.observe(
        organisation,
        Observations(
            capability="test", seen_at=seen_at, entities=(VAULT,), tags=CRITICAL, surface=Surface.INTERNAL
        ),
    )
    await surface.observe(
        organisation,
        Observations(
            capability="test", seen_at=seen_at, entities=tuple(entities), relationships=relationships(links)
        ),
    )


def keys(entities: Iterable[Entity]) -> list[Key]:
    """Return the keys of *entities*."""
    return [one.key for one in entities]
