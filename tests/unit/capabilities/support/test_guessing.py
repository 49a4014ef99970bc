import pytest

from chariot.capabilities.support.guessing import Guesser
from chariot.capability import CannotRunError, DnsAnswer
from chariot.testing.network import FakeNetwork


async def test_a_name_that_exists_is_a_hit():
    guesser = Guesser(FakeNetwork(dns={("www.example.com", "A"): ["192.0.2.7"]}))

    hit = await guesser.look("www.example.com")

    assert (hit.domain.host, hit.has_nothing) == ("www.example.com", False)


async def test_a_name_with_nothing_but_names_below_it_is_told_apart():
    guesser = Guesser(FakeNetwork(dns={("dev.example.com", "A"): []}))

    assert (await guesser.look("dev.example.com")).has_nothing


@pytest.mark.parametrize("name", ["nobody.example.com", "-.example.com", "a" * 64 + ".example.com"])
async def test_what_is_not_there_or_no_name_is_no_hit(name):
    assert await Guesser(FakeNetwork()).look(name) is None


async def test_questions_without_an_answer_are_counted():
    guesser = Guesser(FakeNetwork(dns={("a.example.com", "A"): DnsAnswer("SERVFAIL")}))

    await guesser.look("a.example.com")
    await guesser.look("b.example.com")

    with pytest.raises(CannotRunError, match="1 of 2 names got no answer"):
        guesser.check("names")


async def test_a_question_that_got_lost_is_asked_again():
    class Losing(FakeNetwork):
        lost = 0

        async def resolve(self, name, record):
            if not self.lost:
                self.lost = 1
                return DnsAnswer("TIMEOUT")
            return await super().resolve(name, record)

    guesser = Guesser(Losing(dns={("www.example.com", "A"): ["192.0.2.7"]}))

    hit = await guesser.look("www.example.com")

    assert hit.domain.host == "www.example.com"
    guesser.check("names")


async def test_a_resolver_that_is_away_is_given_up():
    class Silent(FakeNetwork):
        async def resolve(self, name, record):
            return DnsAnswer("TIMEOUT")

    guesser = Guesser(Silent())

    async def look_often():
        for number in range(100):
            await guesser.look(f"n{number}.example.com")

    with pytest.raises(CannotRunError, match="none of"):
        await look_often()


async def test_silence_about_a_name_s_records_is_no_record_and_is_counted():
    network = FakeNetwork(
        dns={("dev.example.com", "A"): [], ("dev.example.com", "TXT"): DnsAnswer("TIMEOUT")}
    )
    guesser = Guesser(network)

    assert (await guesser.look("dev.example.com")).has_nothing
    with pytest.raises(CannotRunError, match="1 of 1 names got no answer"):
        guesser.check("names")
