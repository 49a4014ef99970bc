"""Exit codes: what a script may conclude from how a command ended."""

from enum import IntEnum

from chariot.errors import (
    BusyError,
    ChariotError,
    ConfigurationError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    OutOfScopeError,
    TooLargeError,
    UnavailableError,
)


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FOUND = 1
    WRONG = 2
    NOT_FOUND = 3
    UNAVAILABLE = 4
    CONFIGURATION = 5
    INTERRUPTED = 130


MEANINGS: dict[Exit, str] = {
    Exit.OK: "it worked",
    Exit.FOUND: "a risk was found at or above --fail-on",
    Exit.WRONG: "wrong usage, wrong input, or refused by scope, state or permission",
    Exit.NOT_FOUND: "nothing has that name",
    Exit.UNAVAILABLE: "busy or away; try again later",
    Exit.CONFIGURATION: "a setting or the installation is wrong",
    Exit.INTERRUPTED: "interrupted (also: nobody reads on); `chariot scan --resume` goes on",
}

CODES: dict[type[ChariotError], Exit] = {
    InvalidError: Exit.WRONG,
    TooLargeError: Exit.WRONG,
    ConflictError: Exit.WRONG,
    DeniedError: Exit.WRONG,
    OutOfScopeError: Exit.WRONG,
    NotFoundError: Exit.NOT_FOUND,
    BusyError: Exit.UNAVAILABLE,
    UnavailableError: Exit.UNAVAILABLE,
    ConfigurationError: Exit.CONFIGURATION,
}


def code_of(error: ChariotError) -> Exit:
    """Return the exit code for *error*, or for the nearest class that it descends from."""
    for kind in type(error).__mro__:
        if kind in CODES:
            return CODES[kind]
    return Exit.WRONG
