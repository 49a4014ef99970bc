"""Parameters that several capabilities take."""

import msgspec

from chariot.settings import DEFAULT_PORTS


class PortParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which TCP ports are probed.

    Raises:
        ValueError: a number is no port's.
    """

    ports: tuple[int, ...] = DEFAULT_PORTS

    def __post_init__(self) -> None:
        for number in self.ports:
            if not 1 <= number <= 65_535:
                raise ValueError(f"ports: {number} is not from 1 to 65,535")
