from datetime import UTC, datetime

from chariot.model.keys import Organisation
from chariot.modules.secrets.memory import MemoryDataKeys
from chariot.modules.secrets.ports import DataKey, Wrapped


async def test_an_organisation_whose_keys_are_all_gone_is_not_named():
    kept = MemoryDataKeys()
    acme = Organisation("acme")
    await kept.add(
        DataKey(
            organisation=acme, version=1, wrapped=Wrapped("m", b""), made_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )

    await kept.remove(acme, 1)

    assert list(await kept.organisations()) == []
