import pytest

from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Record
from chariot.model.states import Source, Status, Surface
from chariot.modules.graph.facts import GRAPH_KINDS, facts_of, name_of, tagged_weight
from support.graphs import NOON


def record(entity, *, surface=Surface.EXTERNAL, status=Status.ACTIVE, tags=None) -> Record:
    return Record(
        key=entity.key,
        kind=entity.kind,
        organisation=Organisation("acme"),
        name=entity.name,
        status=status,
        source=Source.SEED,
        surface=surface,
        origins=("test",),
        tags=tags or {},
        created=NOON,
        visited=NOON,
        updated=NOON,
        expires=None,
        revision=1,
        decided=(),
        entity=entity,
    )


@pytest.mark.parametrize(
    ("entity", "surface", "exposed"),
    [
        (Port(address="192.0.2.7", protocol="tcp", number=443), Surface.EXTERNAL, True),
        (Port(address="192.0.2.7", protocol="tcp", number=443), Surface.INTERNAL, False),
        (Port(address="10.1.2.3", protocol="tcp", number=443), Surface.EXTERNAL, False),
        (Address(ip="192.168.1.1"), Surface.EXTERNAL, False),
        (Address(ip="fd00::1"), Surface.EXTERNAL, False),
        (Address(ip="2001:db8::1"), Surface.EXTERNAL, True),
        (WebApplication(url="https://172.16.0.1/"), Surface.EXTERNAL, False),
        (WebApplication(url="https://shop.example.com/"), Surface.APPLICATION, True),
        (Domain(host="example.com"), Surface.CLOUD, False),
    ],
)
def test_exposed_is_what_the_internet_carries(entity, surface, exposed) -> None:
    assert facts_of(record(entity, surface=surface)).exposed is exposed


@pytest.mark.parametrize(
    ("tags", "status_code", "asks"),
    [({}, 401, True), ({}, 200, False), ({"authentication": "required"}, 200, True),
     ({"authentication": "none"}, 401, False)],
)  # fmt: skip
def test_a_log_in_is_told_by_a_person_or_by_the_answer(tags, status_code, asks) -> None:
    application = WebApplication(url="https://shop.example.com/", status_code=status_code)

    assert facts_of(record(application, tags=tags)).log_in is asks


@pytest.mark.parametrize(("word", "weight"), [("critical", 2), ("HIGH", 1), ("low", 0), ("nonsense", 0)])
def test_the_tag_criticality_gives_weight(word, weight) -> None:
    asset = record(Domain(host="example.com"), tags={"criticality": word})

    assert tagged_weight(asset) == facts_of(asset).weight == weight


def test_what_left_the_surface_is_not_alive() -> None:
    assert not facts_of(record(Domain(host="example.com"), status=Status.GONE)).alive


def test_risks_and_vulnerabilities_bring_what_makes_ways_in() -> None:
    risk = Risk(target="#domain#example.com", weakness="CVE-2024-1111")

    assert facts_of(record(risk)).weak.weakness == "CVE-2024-1111"
    assert facts_of(record(Vulnerability(id="CVE-2024-1111", epss=0.5))).known.likelihood == 0.4
    assert {"risk", "vulnerability", "address"} <= set(GRAPH_KINDS)
    assert "job" not in GRAPH_KINDS


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("internet", "internet"),
        ("#port#2001:db8::1#tcp#443", "[2001:db8::1]:443/tcp"),
        ("#risk#port#192.0.2.7#tcp#443#CVE-2024-1111", "CVE-2024-1111 at 192.0.2.7:443/tcp"),
        ("#file#a%23b", "a#b"),
    ],
)
def test_names_are_what_people_say(key, name) -> None:
    assert name_of(key) == name
