"""The key that signs scope contracts, and the public keys whose contracts count, as files in one folder."""

from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.errors import InvalidError
from chariot.modules.discovery.contracting import Sealed
from chariot.modules.intel.ports import Signature


class FileContractKeys:
    """See `ContractKeys`. The own key is made when the first contract is signed, and always trusted."""

    def __init__(self, keys: FilePackKeys) -> None:
        self._keys = keys

    def sign(self, data: bytes) -> Sealed:
        """See `ContractKeys.sign`."""
        made = self._keys.sign(data)
        return Sealed(made.key, made.signature)

    def fault(self, sealed: Sealed, data: bytes) -> str:
        """See `ContractKeys.fault`."""
        if sealed.key not in self._keys.trusted():
            return f"was signed by the key {sealed.key[:64]}, which is not trusted here"
        try:
            self._keys.check(Signature(sealed.key, sealed.signature), data)
        except InvalidError:
            return "is not as it was signed: its terms or its signature were changed"
        return ""

    def public(self) -> str:
        """Return the own public key in hexadecimal: what another installation is told to trust."""
        return self._keys.public()

    def trust(self, public: str) -> None:
        """Let contracts count that the key *public* signed.

        Raises:
            InvalidError: it is no public key.
        """
        self._keys.trust(public)
