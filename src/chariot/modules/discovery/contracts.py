"""Scope contracts as they are in force: who authorised what, until when, at which hours, how fast. See docs/scope.md.

An organisation without a contract is scanned by the word of whoever named its seeds. From its first contract on,
what no contract allows is refused; a contract that is not as it was signed stops everything.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from chariot.capability import CannotRunError, Touch
from chariot.errors import InvalidError, OutOfScopeError
from chariot.model.keys import Organisation
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.scope import Scope, Verdict
from chariot.modules.discovery.windows import Window, read_window

FORM = "chariot scope contract 1"
"""Stands in what is signed: another form of it is another text."""
_UNSIGNED = frozenset({"signing_key", "signature"})
_encode = msgspec.json.Encoder(order="deterministic").encode


class Pace(msgspec.Struct, frozen=True):
    """How fast may be sent by one contract."""

    contract: str
    rate_per_s: float


class Authority(msgspec.Struct, frozen=True):
    """By whose word something is sent."""

    name: str
    """`contract c1`, or how a seed admits it."""
    pace: Pace | None = None


class Held(msgspec.Struct, frozen=True):
    """One contract, ready to be asked."""

    contract: Contract
    scope: Scope
    windows: tuple[Window, ...]

    def refusal(self, now: datetime, touch: Touch) -> str:
        """Return why it allows nothing of that kind now; empty when it does."""
        one = self.contract
        if one.valid_from is not None and now < one.valid_from:
            return f"the contract {one.id} begins at {one.valid_from:%Y-%m-%d %H:%M} UTC"
        if one.valid_until is not None and now >= one.valid_until:
            return f"the contract {one.id} ended at {one.valid_until:%Y-%m-%d %H:%M} UTC"
        if self.windows and not any(window.holds(now) for window in self.windows):
            return f"the contract {one.id} allows nothing at this hour, only {'; '.join(one.windows)}"
        if touch.value not in one.touch:
            return (
                f"the contract {one.id} allows no {touch.value} looks, only {', '.join(one.touch) or 'none'}"
            )
        return ""


class Contracts(msgspec.Struct, frozen=True):
    """All contracts of one organisation. Build it with `Contracts.of`."""

    held: tuple[Held, ...] = ()
    explicit: bool = False
    """What no contract allows is refused."""
    broken: str = ""
    """Why everything stops; empty when all are as they were signed."""

    @classmethod
    def of(
        cls,
        contracts: Iterable[Contract],
        faults: Mapping[str, str],
        *,
        required: bool = False,
        withdrawn: int = 0,
    ) -> "Contracts":
        """Return *contracts*, whose *faults* are told by id; *withdrawn* are those that count no more.

        A denial of one contract refuses whatever another one allows.
        """
        found = sorted(contracts, key=lambda contract: contract.id)
        denied = tuple(sorted({value for contract in found for value in contract.deny}))
        held: list[Held] = []
        broken = [f"the contract {name} {fault}" for name, fault in sorted(faults.items())]
        for contract in found:
            try:
                windows = tuple(map(read_window, contract.windows))
            except InvalidError as error:
                broken.append(f"the contract {contract.id}: {error}")
                continue
            seeds = [Seed(value=value, deny=denied) for value in contract.allow]
            held.append(Held(contract, Scope.of(seeds), windows))
        return cls(
            tuple(held), required or bool(found) or bool(faults) or withdrawn > 0, "; ".join(broken)[:1_000]
        )

    def authority(
        self, ask: Callable[[Scope], Verdict], own: Verdict, touch: Touch, now: datetime
    ) -> Authority:
        """Return by whose word something is sent; *own* is what the seeds say, and *ask* asks a scope the same.

        Raises:
            OutOfScopeError: no contract allows to look there.
            CannotRunError: one does, and not now or not so.
        """
        if not self.explicit:
            return Authority(own.why)
        verdicts = [(each, ask(each.scope)) for each in self.held]
        covering = [each for each, verdict in verdicts if verdict]
        refusals = [each.refusal(now, touch) for each in covering]
        for each, refusal in zip(covering, refusals, strict=True):
            if not refusal:
                rate = each.contract.packets_per_s
                pace = Pace(each.contract.id, float(rate)) if rate else None
                return Authority(f"contract {each.contract.id}", pace)
        if refusals:
            raise CannotRunError("; ".join(refusals)[:500])
        reasons = sorted({verdict.why for _, verdict in verdicts if "denied" in verdict.why})
        raise OutOfScopeError(f"no contract allows it: {reasons[0] if reasons else own.why}")

    def check_open(self, touch: Touch, now: datetime) -> None:
        """Raise unless something of that kind may be sent now at all.

        Raises:
            CannotRunError: no contract is in force.
        """
        refusals = [each.refusal(now, touch) for each in self.held]
        if self.explicit and all(refusals):
            raise CannotRunError("; ".join(refusals)[:500] or "no contract is in force")


def terms(contract: Contract) -> dict[str, object]:
    """Return what is agreed: all fields but the signature."""
    plain: dict[str, object] = msgspec.to_builtins(contract)
    return {
        field: plain.get(field, msgspec.to_builtins(getattr(contract, field)))
        for field in contract.__struct_fields__
        if field not in _UNSIGNED
    }


def signed_bytes(organisation: Organisation, contract: Contract) -> bytes:
    """Return what a signature covers: the terms, and for whom; the same bytes for the same terms."""
    return _encode({"form": FORM, "organisation": organisation, "terms": terms(contract)})
