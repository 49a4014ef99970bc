"""Parameters that several capabilities take."""

import msgspec

from chariot.settings import DEFAULT_PORTS


class FingerprintParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which rules products are known."""

    fingerprints: tuple[str, ...] = ()
    """Files and folders of rules that stand beside the built-in ones."""


class PeerParameters(FingerprintParameters, frozen=True, forbid_unknown_fields=True):
    """By which rules products are known, and whose certificates are trusted."""

    ca_file: str = ""
    """PEM file of authorities that are trusted beside those of this machine."""


class PortParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which TCP ports are probed, and by which rules the products behind them are known.

    Raises:
        ValueError: a number is no port's.
    """

    ports: tuple[int, ...] = DEFAULT_PORTS
    fingerprints: tuple[str, ...] = ()
    """Files and folders of rules that stand beside the built-in ones."""

    def __post_init__(self) -> None:
        for number in self.ports:
            if not 1 <= number <= 65_535:
                raise ValueError(f"ports: {number} is not from 1 to 65,535")
