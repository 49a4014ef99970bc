"""What can go wrong on purpose. A class says what the caller can do, not where it broke.

ChariotError
├── InvalidError           mend the input; names the place in it
│   └── TooLargeError      send less
├── NotFoundError          fix the name
├── ConflictError          read again, decide again
├── DeniedError            ask for the permission
├── OutOfScopeError        never retry; widen the scope on purpose or leave it
├── BusyError              retry after `retry_after_s`
├── UnavailableError       retry later; something outside is away
└── ConfigurationError     mend the settings or the installation
"""


class ChariotError(Exception):
    """The root of all errors raised on purpose; its text is one clear sentence for a person."""


class InvalidError(ChariotError):
    """The input is wrong; `place` says where in it (a field, a JSON path, a line), when known."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.place = place


class TooLargeError(InvalidError):
    """The input is larger than is taken."""


class NotFoundError(ChariotError):
    """Nothing has that name."""


class ConflictError(ChariotError):
    """The thing changed since it was read, or is not in a state that allows this."""


class DeniedError(ChariotError):
    """The caller is not known, or may not do this."""


class OutOfScopeError(ChariotError):
    """The target does not descend from a seed, or the scope refuses it."""


class BusyError(ChariotError):
    """A bounded queue or pool is full."""

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(ChariotError):
    """A dependency outside this process does not answer."""


class ConfigurationError(ChariotError):
    """A setting or an installed part is wrong or missing; the text says what to do."""
