"""What secrets need from outside."""

from typing import Protocol


class Keys(Protocol):
    """Holds the master key; a key file, or later a key management service."""

    def master(self) -> bytes:
        """Return the 32 bytes that all other keys are derived from.

        Raises:
            ConfigurationError: the key cannot be read; the text says what to do.
        """
        ...
