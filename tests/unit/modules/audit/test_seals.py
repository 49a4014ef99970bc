import pytest

from chariot.adapters.keyfile.audit import FileSigner
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.seals import Checkpoint, Head, body_of, opened

ACME = Organisation("acme")


def test_what_was_signed_is_opened_as_it_was(signer: FileSigner) -> None:
    head = Head(organisation=ACME, sequence=7)

    signed = signer.sign(body_of(head))

    assert signer.check(signed) == ""
    assert opened(signed, Head) == head


def test_a_head_is_never_taken_for_a_checkpoint(signer: FileSigner) -> None:
    signed = signer.sign(body_of(Head(organisation=ACME)))

    with pytest.raises(InvalidError):
        opened(signed, Checkpoint)
