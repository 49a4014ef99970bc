from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.access import ApiKey
from chariot.modules.identity.keys import PREFIX, USED_EVERY, ApiKeys, _parts
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
READ = ["entities:read"]


class Clock:
    def __init__(self):
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def keys(tmp_path, clock):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=clock)
    sealed = SurfaceService(store, now=clock, seal=lambda _, secret: f"sealed:{secret}")
    yield ApiKeys(sealed, reveal=lambda _, text: text.removeprefix("sealed:"), now=clock)
    await store.close()


async def test_a_key_stands_for_what_it_was_made_for(keys):
    record, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")
    grant = await keys.verify(token)

    assert (grant.organisation, grant.id, grant.label) == (ACME, record.entity.id, "nightly")
    assert grant.permissions == ("entities:read",)


async def test_neither_the_key_nor_its_plain_digest_is_kept(keys, tmp_path):
    record, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")

    assert token.rpartition(".")[2] not in str(record)
    assert record.entity.digest.startswith("sealed:")


async def test_a_key_ends_when_it_is_said_to(keys, clock):
    end = clock.at + timedelta(hours=1)
    _, token = await keys.mint(ACME, "nightly", READ, expires_at=end, actor="ann")
    assert await keys.verify(token) is not None
    clock.at = end

    with pytest.raises(UnprovenError) as told:
        await keys.verify(token)
    assert told.value.reason == "expired"
    assert await keys.verify(token + "x") is None


async def test_a_key_that_was_taken_back_stays_so_although_it_is_seen_again(keys, clock):
    record, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")
    await keys.revoke(ACME, record.entity.id, actor="ann", why="leaked")
    clock.at += timedelta(days=1)
    await keys._used(ACME, record.entity.id, clock.at)

    with pytest.raises(UnprovenError) as told:
        await keys.verify(token)
    assert told.value.reason == "revoked"
    assert await keys.verify(token + "x") is None


async def test_the_last_use_is_told_to_the_minute_and_makes_no_version(keys, clock):
    record, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")
    clock.at += USED_EVERY * 2
    await keys.verify(token)

    used = (await keys._surface.store.get(ACME, [record.key]))[record.key]
    assert (used.visited, used.revision) == (clock.at, record.revision)


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.replace(".", ",")])
async def test_a_key_that_is_not_to_the_letter_opens_nothing(keys, change):
    _, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")

    assert await keys.verify(change(token)) is None


async def test_a_key_that_names_another_organisation_opens_nothing(keys):
    _, token = await keys.mint(ACME, "nightly", READ, expires_at=None, actor="ann")
    organisation = token.removeprefix(PREFIX).partition(".")[0]

    assert await keys.verify(token.replace(organisation, "Z2xvYmV4")) is None


@given(st.text(max_size=200))
def test_whatever_comes_is_a_key_or_is_none(text):
    parts = _parts(PREFIX + text)

    assert parts is None or parts[1].startswith("#apikey#")


async def test_a_key_without_permissions_or_in_the_past_is_not_made(keys, clock):
    with pytest.raises(InvalidError, match="permissions"):
        await keys.mint(ACME, "nightly", [], expires_at=None, actor="ann")
    with pytest.raises(InvalidError, match="expires_at"):
        await keys.mint(ACME, "nightly", READ, expires_at=clock.at, actor="ann")


@pytest.mark.parametrize("key_id", ["f00d", "a b", ""])
async def test_what_is_no_key_is_not_taken_back(keys, key_id):
    with pytest.raises(NotFoundError):
        await keys.revoke(ACME, key_id, actor="ann")


def test_keys_begin_so_that_scanners_for_leaks_know_them():
    assert PREFIX == "chariot_key."
    assert ApiKey.kind == "apikey"


async def test_a_key_may_be_for_some_networks_alone(keys):
    _, token = await keys.mint(
        ACME, "ci", READ, expires_at=None, actor="ann", networks=["10.0.0.0/8", "192.0.2.7"]
    )

    assert (await keys.verify(token)).networks == ("10.0.0.0/8", "192.0.2.7/32")


@pytest.mark.parametrize("network", ["", "x", "10.0.0.1/8", "10.0.0.0/33", "0" * 70])
async def test_what_is_no_network_is_told(keys, network):
    with pytest.raises(InvalidError, match="networks"):
        await keys.mint(ACME, "ci", READ, expires_at=None, actor="ann", networks=[network])
