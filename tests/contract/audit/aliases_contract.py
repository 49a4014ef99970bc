"""What all keepers of aliases promise. Subclass it, name the subclass `Test...`, provide `aliases`."""

from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias, Aliases

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
ANN, BOB, ANN_AGAIN = Alias("~1", "sealed:ann"), Alias("~2", "sealed:bob"), Alias("~3", "sealed:ann")


class AliasesContract:
    async def test_a_name_is_found_by_its_pseudonym_and_every_pseudonym_by_its_name(
        self, aliases: Aliases
    ) -> None:
        for one in (ANN_AGAIN, BOB, ANN):
            await aliases.add(ACME, one)

        assert list(await aliases.named(ACME, ["sealed:ann", "nobody"])) == [ANN, ANN_AGAIN]
        assert list(await aliases.standing(ACME, ["~2", "~9"])) == [BOB]
        assert list(await aliases.named(ACME, [])) == list(await aliases.standing(ACME, [])) == []

    async def test_a_pseudonym_never_stands_for_somebody_else(self, aliases: Aliases) -> None:
        await aliases.add(ACME, ANN)
        await aliases.add(ACME, Alias(ANN.pseudonym, "sealed:other"))

        assert list(await aliases.standing(ACME, [ANN.pseudonym])) == [ANN]

    async def test_pages_go_by_pseudonym(self, aliases: Aliases) -> None:
        for one in (BOB, ANN_AGAIN, ANN):
            await aliases.add(ACME, one)

        assert list(await aliases.page(ACME, after="", limit=2)) == [ANN, BOB]
        assert list(await aliases.page(ACME, after="~2", limit=2)) == [ANN_AGAIN]

    async def test_what_was_removed_is_gone_and_others_stay(self, aliases: Aliases) -> None:
        for one in (ANN, BOB):
            await aliases.add(ACME, one)

        await aliases.remove(ACME, [ANN.pseudonym, "~9"])

        assert list(await aliases.page(ACME, after="", limit=9)) == [BOB]

    async def test_nobody_sees_or_removes_those_of_another_organisation(self, aliases: Aliases) -> None:
        await aliases.add(ACME, ANN)
        await aliases.remove(GLOBEX, [ANN.pseudonym])

        assert list(await aliases.page(GLOBEX, after="", limit=9)) == []
        assert list(await aliases.page(Organisation("no\0name"), after="", limit=9)) == []
        assert list(await aliases.named(ACME, [ANN.name])) == [ANN]
