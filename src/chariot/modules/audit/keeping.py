"""What each write does to the log of an organisation: chain on, set a checkpoint, take away what retention ended."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from chariot.errors import ConfigurationError, InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import chained
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Addition, Signer
from chariot.modules.audit.seals import Checkpoint, Head, Sealed, Signed, body_of, opened

_MICROSECOND = timedelta(microseconds=1)


class Keeper:
    """Decides what `AuditLog.write` does. It builds on no head that is not trusted: that would make it so."""

    def __init__(
        self,
        signer: Signer,
        *,
        checkpoint_entries: int = 10_000,
        checkpoint_every: timedelta = timedelta(hours=1),
    ) -> None:
        """A checkpoint is set after so many entries, or with the first entry after so long."""
        self._signer = signer
        self._entries = checkpoint_entries
        self._every_us = checkpoint_every // _MICROSECOND
        self._own: dict[Organisation, Signed] = {}
        """The last head of each log that was signed here: it need not be verified again."""

    def extended(
        self, organisation: Organisation, signed: Signed | None, entries: Sequence[Entry], at_us: int
    ) -> Addition:
        """Return the addition of *entries*, which were made until *at_us*.

        Raises:
            ConfigurationError: the head is not one that this installation signed.
        """
        head = self.trusted(organisation, signed)
        # A clock that was put back does not put the log back.
        at_us = max(at_us, head.at_us)
        rows = chained(
            organisation, entries, last=head.sequence, previous=bytes.fromhex(head.hash), at_us=at_us
        )
        grown = msgspec.structs.replace(
            head, sequence=rows[-1].sequence, hash=rows[-1].hash.hex(), at_us=at_us
        )
        checkpoint = None
        if self._is_due(grown):
            grown, checkpoint = self._marked(grown, at_us)
        signed = self._own[organisation] = self._signer.sign(body_of(grown))
        return Addition(rows=rows, checkpoint=checkpoint, start=0, head=signed)

    def marked(
        self, organisation: Organisation, signed: Signed | None, at_us: int, *, least_us: int = 0
    ) -> Addition | None:
        """Return the addition of a checkpoint; None where the last is younger than *least_us* or says the same.

        Raises:
            ConfigurationError: the head is not one that this installation signed.
        """
        head = self.trusted(organisation, signed)
        at_us = max(at_us, head.at_us)
        if head.sequence == head.checkpoint or at_us - head.checkpoint_at_us < least_us:
            return None
        head, checkpoint = self._marked(head, at_us)
        return Addition(checkpoint=checkpoint, head=self._signer.sign(body_of(head)))

    def begun(
        self,
        organisation: Organisation,
        signed: Signed | None,
        checkpoint: Signed,
        entries: Sequence[Entry],
        at_us: int,
    ) -> Addition | None:
        """Return what lets the log begin behind *checkpoint*, and adds *entries* about it; None where it does.

        Raises:
            ConfigurationError: the head or the checkpoint is not one that this installation signed.
        """
        head = self.trusted(organisation, signed)
        since = self._trusted(checkpoint, Checkpoint, organisation)
        if since.sequence <= head.start:
            return None
        cut = msgspec.structs.replace(head, start=since.sequence, start_hash=since.hash)
        addition = self.extended(organisation, self._signer.sign(body_of(cut)), entries, at_us)
        return msgspec.structs.replace(addition, start=since.sequence)

    def trusted(self, organisation: Organisation, signed: Signed | None) -> Head:
        """Return the head, or a new one where nothing was written yet.

        Raises:
            ConfigurationError: it is not one that this installation signed.
        """
        if signed is None:
            return Head(organisation=organisation)
        if signed == self._own.get(organisation):
            return opened(signed, Head)
        return self._trusted(signed, Head, organisation)

    def _trusted(self, signed: Signed, kind: type[Sealed], organisation: Organisation) -> Sealed:
        reason = self._signer.check(signed)
        if not reason:
            try:
                sealed = opened(signed, kind)
            except InvalidError as error:
                reason = str(error)
            else:
                if sealed.organisation == organisation:
                    return sealed
                reason = "is another organisation's"
        raise ConfigurationError(
            f"the {kind.__name__.lower()} of the audit log of {organisation} {reason}:"
            " see `chariot audit verify`; nothing is done that cannot be audited"
        )

    def _is_due(self, head: Head) -> bool:
        since = head.sequence - head.checkpoint
        return (
            head.checkpoint == 0
            or since >= self._entries
            or head.at_us - head.checkpoint_at_us >= self._every_us
        )

    def _marked(self, head: Head, at_us: int) -> tuple[Head, tuple[int, Signed]]:
        made = Checkpoint(
            organisation=head.organisation,
            sequence=head.sequence,
            hash=head.hash,
            at_us=at_us,
            previous=head.checkpoint_digest,
        )
        signed = self._signer.sign(body_of(made))
        named = msgspec.structs.replace(
            head, checkpoint=head.sequence, checkpoint_digest=signed.digest, checkpoint_at_us=at_us
        )
        return named, (head.sequence, signed)
