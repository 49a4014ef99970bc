from datetime import UTC, datetime

import pytest

from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Certificate, DnsRecord, Domain, Netblock
from chariot.model.records import Record
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Source, Status, Surface
from chariot.modules.discovery.clues import Terms
from chariot.modules.discovery.sightings import CANDIDATES_LIMIT, clues_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OURS = Domain(host="www.acmewidgets.com")
THEIRS = Domain(host="edge.partner.example")
TERMS = Terms.of(["acmewidgets.com"], registrants=["Acme Widgets"])


def record(entity):
    return Record(
        key=entity.key, kind=entity.kind, organisation=Organisation("acme"), name=entity.name, status=Status.ACTIVE,
        source=Source.SEED, surface=Surface.EXTERNAL, origins=("x",), tags={}, created=NOW, visited=NOW, updated=NOW,
        expires=None, revision=1, decided=(), entity=entity,
    )  # fmt: skip


def kinds(capability, *found, outside=(THEIRS,)):
    clues = clues_of(record(OURS), capability, [*found, *outside], outside, TERMS)
    return {about: [clue.kind for clue in held] for about, held in clues.items()}


@pytest.mark.parametrize(
    ("capability", "found", "expected"),
    [
        ("dns", [Relationship(RelationshipType.ALIAS_OF, OURS.key, THEIRS.key)], ["alias"]),
        ("dns", [DnsRecord(host=OURS.host, type="MX", value="10 edge.partner.example")], ["mail-exchanger"]),
        ("dns", [DnsRecord(host=OURS.host, type="NS", value="edge.partner.example")], ["name-server"]),
        (
            "tls-certificate",
            [Certificate(sha256="ab" * 32, names=("edge.partner.example",))],
            ["certificate"],
        ),
        ("http", [], ["redirect"]),
        ("reverse-dns", [], ["reverse-name"]),
        ("securitytrails", [], ["associated"]),
        ("something-new", [], ["seen"]),
    ],
)
def test_how_a_name_was_found_is_a_clue_to_its_registered_domain(capability, found, expected):
    assert kinds(capability, *found) == {"#domain#partner.example": expected}


def test_names_below_ours_and_names_without_owner_are_no_candidates():
    assert kinds("http", outside=(Domain(host="denied.acmewidgets.com"), Domain(host="com"))) == {}


def test_a_netblock_whose_holder_is_ours_is_a_candidate():
    block = Netblock(cidr="198.51.100.0/24", holder="ACME WIDGETS INC")

    assert kinds("ripestat", outside=(block,)) == {block.key: ["registrant", "network"]}


def test_an_address_is_no_candidate():
    assert kinds("x", outside=(Address(ip="198.51.100.7"),)) == {}


def test_a_run_brings_a_bounded_number():
    many = tuple(Domain(host=f"www.other{number}.example") for number in range(CANDIDATES_LIMIT + 10))

    assert len(kinds("http", outside=many)) == CANDIDATES_LIMIT
