"""Whether mail in a domain's name can be forged, or read on its way: SPF, DKIM, DMARC, MTA-STS, TLS-RPT, BIMI."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import ClassVar

import msgspec

from chariot.capabilities.support.mail_policies import Spf, read_spf, read_sts_policy, read_tags, rsa_bits
from chariot.capabilities.support.name_service import ANSWERED, ask, text_of
from chariot.capabilities.support.weaknesses import attribute, risk
from chariot.capability import CannotRunError, Capability, DnsAnswer, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Domain
from chariot.model.states import Severity

LOOK_UPS = 10
"""What a receiver does at most for one SPF record. Source: RFC 7208, section 4.6.4."""
RECORDS = 40
"""SPF records that are read behind one; what has more is far beyond what a receiver reads."""
SELECTORS = (
    "default", "dkim", "google", "k1", "k2", "k3", "mail", "mandrill", "mx", "pm", "s1", "s2", "selector1",
    "selector2", "smtp", "sig1", "zoho",
)  # fmt: skip
"""Names under which keys usually stand; others cannot be listed."""
WEAK_KEY_BITS = 1024
"""RSA keys below this are broken, and at this size no more signed with. Source: RFC 8301, section 3.2."""
POLICY_BYTES = 65_536


class Cost(msgspec.Struct):
    """What one SPF record costs its receivers."""

    look_ups: int = 0
    records: int = 0
    untold: list[str] = []
    """Names whose records could not be read."""
    allows_all: str = ""
    """The included name whose record lets everybody send."""


class EmailSecurity(Capability[Domain]):
    """Read what a domain publishes for its mail, and say what it lets others do."""

    name = "email-security"
    touch = Touch.LIGHT
    sends = "look-ups of SPF, DKIM, DMARC and what they include"
    packets = 25
    timeout_s: ClassVar[float] = 120.0
    period: ClassVar[timedelta] = timedelta(days=1)

    def match(self, target: Domain) -> bool:
        """See `Capability.match`: names of policies and services send no mail."""
        return "_" not in target.host

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        mx, start, text = await asyncio.gather(
            *(self._ask(target.host, kind) for kind in ("MX", "SOA", "TXT"))
        )
        takes_mail = any(value.rpartition(" ")[2] != "." for value in mx.values)
        if text.aliases or not (mx.values or (start.values and not start.aliases)):
            return
        open_questions = [f"{kind} ({a.status})" for kind, a in (("MX", mx), ("TXT", text)) if _open(a)]
        if not _open(text):
            async for found in self._spf(target, text, takes_mail, open_questions):
                yield found
        async for found in self._dmarc(target, takes_mail, open_questions):
            yield found
        async for found in self._dkim(target):
            yield found
        if takes_mail:
            async for found in self._transport(target, open_questions):
                yield found
        if open_questions:
            raise CannotRunError(f"the resolver did not tell {', '.join(open_questions)} of {target.host}")

    async def _spf(
        self, target: Domain, text: DnsAnswer, takes_mail: bool, open_questions: list[str]
    ) -> AsyncIterator[Found]:
        records = [value for value in map(text_of, text.values) if read_spf(value) is not None]
        for found in _spf_count(target, records, takes_mail):
            yield found
        if len(records) != 1:
            return
        spf = read_spf(records[0])
        assert spf is not None
        cost = Cost()
        await self._count(target.host, spf, cost)
        open_questions += [f"the SPF of {name}" for name in cost.untold[:5]]
        for found in _spf_faults(target, records[0], spf, cost):
            yield found

    async def _count(self, source: str, spf: Spf, cost: Cost) -> None:
        """Add what *spf* and all that it includes cost, until there is no doubt any more that it is too much."""
        cost.look_ups += spf.look_ups
        cost.records += 1
        for name in (*spf.includes, *((spf.redirect,) if spf.redirect else ())):
            if cost.records >= RECORDS or cost.look_ups > 2 * LOOK_UPS:
                return
            if "%" in name:
                # A macro stands for something else at each mail.
                continue
            try:
                answer = await self.network.follow(source, "TXT", name, "TXT")
            except (NoAnswerError, OutOfScopeError):
                cost.untold.append(name)
                continue
            inner = next((one for value in answer.values if (one := read_spf(text_of(value)))), None)
            if inner is None:
                if _open(answer):
                    cost.untold.append(name)
                continue
            if inner.final == "+":
                cost.allows_all = name
            await self._count(name, inner, cost)

    async def _dmarc(
        self, target: Domain, takes_mail: bool, open_questions: list[str]
    ) -> AsyncIterator[Found]:
        answer = await self._ask(f"_dmarc.{target.host}", "TXT")
        if _open(answer):
            open_questions.append(f"DMARC ({answer.status})")
            return
        records = [text for text in map(text_of, answer.values) if text.lower().startswith("v=dmarc1")]
        if not records and await self._has_policy_above(target.host):
            return
        for found in _dmarc_faults(target, records, takes_mail):
            yield found

    async def _has_policy_above(self, host: str) -> bool:
        """Tell whether a domain above publishes a DMARC policy, or is not ours to ask."""
        parent = host.partition(".")[2]
        while "." in parent:
            try:
                answer = await self.network.resolve(f"_dmarc.{parent}", "TXT")
            except (OutOfScopeError, NoAnswerError):
                # Above the seed nothing is asked; whether the name itself is the top is not known then.
                return False
            if any(text_of(value).lower().startswith("v=dmarc1") for value in answer.values):
                return True
            parent = parent.partition(".")[2]
        return False

    async def _dkim(self, target: Domain) -> AsyncIterator[Found]:
        names = [f"{selector}._domainkey.{target.host}" for selector in SELECTORS]
        answers = await asyncio.gather(*(self._ask(name, "TXT") for name in names))
        # A wildcard answers for every selector; what all say alike is no key of anybody.
        said = {answer.values for answer in answers}
        if len(said) == 1:
            return
        for selector, answer in zip(SELECTORS, answers, strict=True):
            for value in answer.values:
                text = text_of(value)
                if "p=" in text:
                    for found in _dkim_found(target, selector, text):
                        yield found

    async def _transport(self, target: Domain, open_questions: list[str]) -> AsyncIterator[Found]:
        names = {
            "mta-sts": (f"_mta-sts.{target.host}", "v=stsv1"),
            "tls-rpt": (f"_smtp._tls.{target.host}", "v=tlsrptv1"),
            "bimi": (f"default._bimi.{target.host}", "v=bimi1"),
        }
        answers = await asyncio.gather(*(self._ask(name, "TXT") for name, _ in names.values()))
        there: dict[str, bool] = {}
        for (label, (_, start)), answer in zip(names.items(), answers, strict=True):
            if _open(answer):
                open_questions.append(f"{label} ({answer.status})")
                continue
            there[label] = any(text_of(value).lower().startswith(start) for value in answer.values)
            if label != "mta-sts" or not there[label]:
                for found in attribute(target.key, label, "published" if there[label] else "absent"):
                    yield found
        if there.get("mta-sts"):
            for found in await self._sts(target, open_questions):
                yield found

    async def _sts(self, target: Domain, open_questions: list[str]) -> list[Found]:
        url = f"https://mta-sts.{target.host}/.well-known/mta-sts.txt"
        try:
            page = await self.network.get(url, timeout_s=10.0, limit_bytes=POLICY_BYTES)
        except (NoAnswerError, OutOfScopeError) as error:
            open_questions.append(f"the MTA-STS policy ({error})")
            return []
        policy = read_sts_policy(page.body.decode("utf-8", "replace")) if page.status == 200 else {}
        mode = policy.get("mode", "").lower()
        if policy.get("version", "").lower() == "stsv1" and mode in ("enforce", "testing", "none"):
            return list(attribute(target.key, "mta-sts", mode))
        found = list(attribute(target.key, "mta-sts", "broken"))
        return found + list(
            risk(
                target.key,
                "mta-sts-broken",
                f"{target.host} announces MTA-STS, and its policy cannot be read",
                Severity.LOW,
                remedy=f"Serve a valid policy at {url}.",
                seen={"policy": url, "status": str(page.status), "mode": mode[:50]},
            )
        )

    async def _ask(self, host: str, record: str) -> DnsAnswer:
        return await ask(self.network, host, record)


def _open(answer: DnsAnswer) -> bool:
    return answer.status not in ANSWERED


def _spf_count(target: Domain, records: list[str], takes_mail: bool) -> Iterator[Found]:
    if not records:
        yield from attribute(target.key, "spf", "absent")
        yield from risk(
            target.key,
            "spf-missing",
            f"Nothing says which servers may send mail as {target.host}",
            Severity.MEDIUM if takes_mail else Severity.LOW,
            remedy='Publish an SPF record; "v=spf1 -all" for a domain that sends no mail.',
            seen={"domain": target.host, "takes mail": "yes" if takes_mail else "no"},
        )
    elif len(records) > 1:
        yield from attribute(target.key, "spf", "several")
        yield from risk(
            target.key,
            "spf-several",
            f"{target.host} has several SPF records, so that none counts",
            Severity.MEDIUM,
            remedy="Join them to one record.",
            seen={f"record {number}": text for number, text in enumerate(records[:10], 1)},
        )


def _spf_faults(target: Domain, text: str, spf: Spf, cost: Cost) -> Iterator[Found]:
    words = {"-": "fail", "~": "softfail", "?": "neutral", "+": "allows all", "": "no end"}
    yield from attribute(target.key, "spf", "redirect" if spf.redirect else words[spf.final])
    if spf.final == "+" or cost.allows_all:
        yield from risk(
            target.key,
            "spf-allows-all",
            f"SPF lets every server of the internet send mail as {target.host}",
            Severity.HIGH,
            remedy="End the record with -all, and name the servers that may send.",
            seen={"record": text, "included": cost.allows_all},
        )
    elif spf.final == "?" or (not spf.final and not spf.redirect):
        yield from risk(
            target.key,
            "spf-neutral",
            f"SPF of {target.host} says nothing of other servers",
            Severity.LOW,
            remedy="End the record with -all, or ~all while you try it out.",
            seen={"record": text},
        )
    if cost.look_ups > LOOK_UPS:
        yield from risk(
            target.key,
            "spf-too-many-look-ups",
            f"SPF of {target.host} takes more than {LOOK_UPS} look-ups, so that receivers give it up",
            Severity.MEDIUM,
            remedy="Leave out includes that are not needed, or name address ranges instead.",
            seen={"record": text, "look-ups": f"more than {LOOK_UPS}"},
        )
    if spf.has_ptr:
        yield from risk(
            target.key,
            "spf-ptr",
            f"SPF of {target.host} uses ptr, which receivers ignore",
            Severity.INFO,
            remedy="Replace ptr by addresses or an include.",
            seen={"record": text},
        )


def _dmarc_faults(target: Domain, records: list[str], takes_mail: bool) -> Iterator[Found]:
    if len(records) != 1:
        yield from attribute(target.key, "dmarc", "several" if records else "absent")
        yield from risk(
            target.key,
            "dmarc-missing",
            f"Receivers are not told what to do with forged mail of {target.host}",
            Severity.MEDIUM if takes_mail else Severity.LOW,
            remedy='Publish one record, "v=DMARC1; p=none; rua=…", at _dmarc; tighten it to p=reject later.',
            seen={"domain": f"_dmarc.{target.host}", "records": str(min(len(records), 10))},
        )
        return
    tags = read_tags(records[0])
    policy = tags.get("p", "").lower()
    yield from attribute(target.key, "dmarc", policy[:20] or "no policy")
    weak = {
        "policy": policy not in ("quarantine", "reject"),
        "subdomains": policy in ("quarantine", "reject") and tags.get("sp", policy).lower() == "none",
        "share": tags.get("pct", "100") not in ("100", ""),
    }
    if any(weak.values()):
        yield from risk(
            target.key,
            "dmarc-not-enforced",
            f"DMARC of {target.host} lets forged mail through",
            Severity.LOW,
            remedy="Set p=quarantine, then p=reject; leave sp and pct out.",
            seen={
                "record": records[0],
                "because of": ", ".join(name for name, is_so in weak.items() if is_so),
            },
        )


def _dkim_found(target: Domain, selector: str, text: str) -> Iterator[Found]:
    yield from attribute(target.key, "dkim-selector", selector)
    bits = rsa_bits(text)
    if bits is not None and bits <= WEAK_KEY_BITS:
        yield from risk(
            target.key,
            "dkim-weak-key",
            f"A DKIM key of {target.host} has no more than {WEAK_KEY_BITS} bits",
            Severity.MEDIUM if bits < WEAK_KEY_BITS else Severity.LOW,
            remedy="Make a key of 2048 bits, publish it under a new selector, and take the old one down.",
            seen={"selector": selector, "bits": str(bits)},
        )
