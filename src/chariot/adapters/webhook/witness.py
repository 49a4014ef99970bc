"""A web address that takes checkpoints of the audit log. See `Witness`."""

from hashlib import sha256

import msgspec

from chariot.adapters.outgoing.client import Outgoing
from chariot.modules.audit.seals import Signed


class WebhookWitness:
    """Sends each checkpoint as it is kept in files: the body of the request is what `--against` reads."""

    def __init__(self, outgoing: Outgoing, address: str) -> None:
        self._outgoing = outgoing
        self._address = address

    async def tell(self, checkpoint: Signed) -> None:
        """See `Witness.tell`."""
        digest = sha256(f"{checkpoint.body}\n{checkpoint.signature}".encode()).hexdigest()
        async with self._outgoing.to(self._address, {"Idempotency-Key": digest}) as client:
            body = msgspec.to_builtins(checkpoint)
            await client.request("POST", self._address, body=body, again=True)
