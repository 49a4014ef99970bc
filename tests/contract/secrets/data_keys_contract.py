"""What all keepers of wrapped keys promise. Subclass it, name the subclass `Test...`, provide `data_keys`."""

import asyncio
from datetime import UTC, datetime

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, DataKeys, Wrapped

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def key(version: int = 1, data: bytes = b"wrapped \x00\xff", of: Organisation = ACME) -> DataKey:
    return DataKey(organisation=of, version=version, wrapped=Wrapped("m1", data), made_at=NOON)


class DataKeysContract:
    async def test_keys_come_back_as_they_were_the_oldest_first(self, data_keys: DataKeys) -> None:
        await data_keys.add(key(2, b"two"))
        await data_keys.add(key(1))

        assert list(await data_keys.of(ACME)) == [key(1), key(2, b"two")]

    async def test_of_many_that_make_the_same_version_one_is_kept(self, data_keys: DataKeys) -> None:
        made = [key(1, bytes([number])) for number in range(8)]

        kept = await asyncio.gather(*map(data_keys.add, made))

        assert kept.count(True) == 1
        assert list(await data_keys.of(ACME)) == [made[kept.index(True)]]

    async def test_nobody_sees_the_keys_of_another_organisation(self, data_keys: DataKeys) -> None:
        await data_keys.add(key())

        assert list(await data_keys.of(GLOBEX)) == []
        assert list(await data_keys.of(Organisation("no\0name"))) == []

    async def test_the_organisations_that_have_keys_are_named(self, data_keys: DataKeys) -> None:
        await data_keys.add(key(of=GLOBEX))
        await data_keys.add(key())
        await data_keys.add(key(2))

        assert list(await data_keys.organisations()) == [ACME, GLOBEX]

    async def test_a_key_is_wrapped_anew_only_as_it_stood(self, data_keys: DataKeys) -> None:
        await data_keys.add(key())

        assert await data_keys.rewrap(key(), Wrapped("m2", b"again"))
        assert not await data_keys.rewrap(key(), Wrapped("m3", b"late"))
        assert not await data_keys.rewrap(key(9), Wrapped("m3", b"never there"))
        assert list(await data_keys.of(ACME)) == [
            msgspec.structs.replace(key(), wrapped=Wrapped("m2", b"again"))
        ]

    async def test_what_was_removed_is_gone_and_others_stay(self, data_keys: DataKeys) -> None:
        await data_keys.add(key())
        await data_keys.add(key(2))

        await data_keys.remove(ACME, 1)
        await data_keys.remove(ACME, 7)

        assert list(await data_keys.of(ACME)) == [key(2)]
