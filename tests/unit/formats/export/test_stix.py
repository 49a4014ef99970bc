"""The rules are those of STIX 2.1: required properties, forms of ids and instants, references that lead somewhere."""

import re
import uuid
from typing import Any

import pytest
from hypothesis import given

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.formats.export.stix import Stix, observable
from chariot.model.base import Entity
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Risk
from strategies import entities
from support.exports import CVE, NOW, exported, exported_json

ID = re.compile(r"([a-z0-9-]+)--([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DOMAIN_OBJECTS = {"identity", "vulnerability", "infrastructure", "relationship"}
REQUIRED = {
    "identity": {"name"},
    "vulnerability": {"name"},
    "infrastructure": {"name"},
    "relationship": {"relationship_type", "source_ref", "target_ref"},
    "domain-name": {"value"},
    "ipv4-addr": {"value"},
    "ipv6-addr": {"value"},
    "url": {"value"},
    "network-traffic": {"protocols", "dst_ref"},
    "software": {"name"},
    "x509-certificate": {"hashes"},
}


async def objects(store: SqliteEntityStore, **asked: Any) -> list[dict[str, Any]]:
    bundle = await exported_json(Stix(), store, **asked)
    assert bundle["type"] == "bundle"
    assert ID.fullmatch(bundle["id"])
    return list(bundle["objects"])


async def test_every_object_keeps_the_rules_of_its_type(store: SqliteEntityStore) -> None:
    found = await objects(store)

    assert all(one["spec_version"] == "2.1" for one in found)
    assert all(one.keys() >= REQUIRED[one["type"]] for one in found)
    ids = [ID.fullmatch(one["id"]) for one in found]
    assert [match and match[1] for match in ids] == [one["type"] for one in found]
    assert len({one["id"] for one in found}) == len(found)
    for one in (one for one in found if one["type"] in DOMAIN_OBJECTS):
        assert INSTANT.fullmatch(one["created"])
        assert one["created"] <= one["modified"]


async def test_every_reference_leads_to_an_object_of_the_bundle(store: SqliteEntityStore) -> None:
    found = await objects(store)

    ids = {one["id"] for one in found}
    references = {
        one[name]
        for one in found
        for name in ("source_ref", "target_ref", "dst_ref", "created_by_ref")
        if name in one
    }
    assert references <= ids


async def test_a_risk_is_an_infrastructure_that_has_a_vulnerability(store: SqliteEntityStore) -> None:
    found = await objects(store)

    has = [one for one in found if one.get("relationship_type") == "has"]
    assert len(has) == 5
    (worst,) = [one for one in has if "score:97" in one["labels"]]
    assert {"state:open", "severity:critical", "decision:act"} <= set(worst["labels"])
    assert sum(one.get("revoked", False) for one in has) == 2
    (weakness,) = [one for one in found if one.get("name") == CVE.id]
    assert weakness["external_references"] == [{"source_name": "cve", "external_id": CVE.id}]


async def test_the_same_thing_has_the_same_id_in_every_export(store: SqliteEntityStore) -> None:
    assert await exported(Stix(), store) == await exported(Stix(), store)


def test_the_id_of_an_observable_is_that_of_the_specification() -> None:
    space = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")

    found = observable(Address(ip="198.51.100.3"))

    digest = uuid.uuid5(space, '{"value":"198.51.100.3"}')
    assert found["id"] == f"ipv4-addr--{digest}"


@pytest.mark.parametrize("kind", ["domain", "address", "netblock", "port", "webapplication", "certificate"])
def test_an_observable_depends_on_what_it_is_alone(kind: str) -> None:
    @given(entities(kind))
    def holds(entity: Entity) -> None:
        found = observable(entity)
        assert found.keys() >= REQUIRED[found["type"]]
        assert None not in found.values()

    holds()


def test_what_is_no_observable_is_refused() -> None:
    with pytest.raises(TypeError):
        observable(Risk(target=Domain(host="a.test").key, weakness="x"))


async def test_an_empty_surface_gives_the_identity_alone(empty: SqliteEntityStore) -> None:
    assert [one["type"] for one in await objects(empty)] == ["identity"]


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert len(await objects(store, as_of=NOW.replace(year=2020))) == 1
