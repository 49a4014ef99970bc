from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias, MemoryAliases


async def test_what_is_kept_in_memory_is_ordered_by_pseudonym() -> None:
    aliases, acme = MemoryAliases(), Organisation("acme")
    for pseudonym in ("~b", "~a"):
        await aliases.add(acme, Alias(pseudonym, "ann"))

    assert [one.pseudonym for one in await aliases.named(acme, ["ann"])] == ["~a", "~b"]
