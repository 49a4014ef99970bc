"""Records that lead to something that is not there, and that somebody else could put there."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from chariot.capabilities.support.name_service import ANSWERED, ask
from chariot.capabilities.support.weaknesses import risk
from chariot.capability import CannotRunError, Capability, DnsAnswer, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Domain
from chariot.model.states import Severity

_RULES = Path(__file__).with_name("data") / "takeover.toml"
TARGETS_LIMIT = 20
"""Name servers and mail exchangers of one name that are followed."""
PAGE_BYTES = 65_536


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one provider shows that a name it was given belongs to nobody."""

    provider: str
    names: tuple[str, ...]
    """Ends of the names that customers' records lead to."""
    sign: Literal["nxdomain", "page"]
    """`nxdomain`: the name does not exist; `page`: it exists, and a page says so."""
    claim: str
    """How somebody else would get the name."""
    source: str
    """Where that is written."""
    text: str = ""
    """What the page says."""
    status: int = 0
    """Its status; 0 is any."""

    def __post_init__(self) -> None:
        if (self.sign == "page") != bool(self.text):
            raise ValueError(f"{self.provider}: text belongs to the sign `page`, and to no other")


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


@cache
def rules(path: Path = _RULES) -> tuple[Rule, ...]:
    """Return the rules of a table."""
    return msgspec.toml.decode(path.read_bytes(), type=_RuleFile).rule


class DnsTakeover(Capability[Domain]):
    """Follow aliases, name servers and mail exchangers, and tell which of them are not there.

    Where only the provider's own page would tell, and that page is out of scope, the answer is unknown.
    """

    name = "dns-takeover"
    touch = Touch.LIGHT
    sends = "look-ups of where aliases, mail and name servers lead, one page where that tells"
    packets = 5
    timeout_s: ClassVar[float] = 120.0
    period: ClassVar[timedelta] = timedelta(days=1)

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        open_questions: list[str] = []
        answer = await ask(self.network, target.host, "A")
        if answer.aliases:
            async for found in self._alias(target, answer, open_questions):
                yield found
        elif answer.status not in ANSWERED:
            open_questions.append(f"the resolver said {answer.status} for {target.host}")
        for record in ("NS", "MX"):
            async for found in self._pointed(target, record, open_questions):
                yield found
        if open_questions:
            raise CannotRunError("; ".join(open_questions))

    async def _alias(
        self, target: Domain, answer: DnsAnswer, open_questions: list[str]
    ) -> AsyncIterator[Found]:
        end = answer.aliases[-1]
        rule = rule_for(answer.aliases)
        if answer.status == "NXDOMAIN":
            for found in _dangling_alias(target, end, rule):
                yield found
        elif answer.status != "NOERROR":
            open_questions.append(f"the resolver said {answer.status} on the way from {target.host} to {end}")
        elif rule is not None and rule.sign == "page":
            try:
                page = await self.network.get(
                    f"http://{target.host}/", timeout_s=10.0, limit_bytes=PAGE_BYTES
                )
            except (OutOfScopeError, NoAnswerError) as error:
                open_questions.append(
                    f"only the page of {rule.provider} tells whether {end} belongs to anybody: {error}"
                )
                return
            text = page.body.decode("utf-8", "replace")
            if rule.text in text and rule.status in (0, page.status):
                for found in _claimable(target, end, rule, f"the page says: {rule.text}"):
                    yield found

    async def _pointed(self, target: Domain, record: str, open_questions: list[str]) -> AsyncIterator[Found]:
        leading = await ask(self.network, target.host, record)
        if leading.status not in ANSWERED:
            open_questions.append(f"the resolver said {leading.status} for the {record} of {target.host}")
        if leading.aliases:
            return
        for value in leading.values[:TARGETS_LIMIT]:
            host = value.rpartition(" ")[2]
            if host == ".":
                # No mail is taken at all; see RFC 7505.
                continue
            try:
                answer = await self.network.follow(target.host, record, host, "A")
            except NoAnswerError:
                answer = DnsAnswer("TIMEOUT")
            except OutOfScopeError as error:
                open_questions.append(str(error))
                continue
            if answer.status == "NXDOMAIN":
                for found in _dangling(target, record, host):
                    yield found
            elif answer.status != "NOERROR":
                open_questions.append(
                    f"the resolver said {answer.status} for {host}, {record} of {target.host}"
                )


def rule_for(names: tuple[str, ...]) -> Rule | None:
    """Return the rule of the first provider to whom one of *names* belongs."""
    for name in names:
        for rule in rules():
            if any(name == end or name.endswith(f".{end}") for end in rule.names):
                return rule
    return None


def _dangling_alias(target: Domain, end: str, rule: Rule | None) -> Iterator[Found]:
    if rule is not None and rule.sign == "nxdomain":
        yield from _claimable(target, end, rule, f"{end} does not exist")
        return
    yield from risk(
        target.key,
        "dns-dangling-alias",
        f"{target.host} is an alias of {end}, which does not exist",
        Severity.MEDIUM,
        remedy=f"Remove the CNAME of {target.host}, or make {end} exist again.",
        seen={"alias": f"{target.host} CNAME {end}", "answer": "NXDOMAIN"},
        confidence=80,
    )


def _claimable(target: Domain, end: str, rule: Rule, shown: str) -> Iterator[Found]:
    yield from risk(
        target.key,
        "subdomain-takeover",
        f"{target.host} leads to {rule.provider}, where anybody can take its place",
        Severity.HIGH,
        remedy=f"Remove the CNAME of {target.host}, or claim {end} at {rule.provider} again.",
        seen={
            "alias": f"{target.host} CNAME {end}",
            "provider": rule.provider,
            "shown by": shown,
            "how it is claimed": rule.claim,
            "source": rule.source,
        },
        confidence=90,
    )


def _dangling(target: Domain, record: str, host: str) -> Iterator[Found]:
    what = {"NS": "name server", "MX": "mail exchanger"}[record]
    gains = {"NS": "answers for the whole zone", "MX": "receives its mail"}[record]
    yield from risk(
        target.key,
        f"dns-dangling-{record.lower()}",
        f"The {what} {host} of {target.host} does not exist; whoever gets that name {gains}",
        Severity.HIGH,
        remedy=f"Remove the {record} record that names {host}.",
        seen={"record": f"{target.host} {record} {host}", "answer": "NXDOMAIN"},
    )
