"""From the driver's errors to ours: one clear sentence each, that names the server and never the password."""

from urllib.parse import parse_qs, urlsplit

import asyncpg

from chariot.errors import BusyError, ChariotError, ConfigurationError, UnavailableError

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    # What the driver says of a connection whose server said goodbye between two of our questions.
    asyncpg.InternalClientError,
    OSError,
)
"""The connection is gone, or cannot be had; what was not committed is not there."""

TROUBLE = (asyncpg.PostgresError, *LOST)
"""Whatever the driver may say while it works."""

AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, *LOST)
"""Trying the whole transaction again may do."""

_Advice = tuple[type[Exception], type[ChariotError], str]
_ADVICE: tuple[_Advice, ...] = (
    (asyncpg.InvalidAuthorizationSpecificationError, ConfigurationError, "{place} refuses user or password"),
    (asyncpg.InvalidCatalogNameError, ConfigurationError, "{place}: there is no such database; create it"),
    (
        asyncpg.UndefinedTableError,
        ConfigurationError,
        "{place} has no tables of Chariot; run `chariot migrate`",
    ),
    (asyncpg.UndefinedColumnError, ConfigurationError, "{place} has an old schema; run `chariot migrate`"),
    # A setting of the role that is not there is the second of these.
    *(
        (none, ConfigurationError, "{place} has no roles of Chariot; run `chariot migrate`")
        for none in (asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError)
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        ConfigurationError,
        "{place}: the user may not do this ({error}); see docs/postgres.md for what it needs",
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        UnavailableError,
        "{place} takes no writes now; it is read-only or a replica",
    ),
    (
        asyncpg.DiskFullError,
        UnavailableError,
        "{place}: no space is left; free some and try again: what was stored is safe",
    ),
    (asyncpg.OutOfMemoryError, UnavailableError, "{place} has no memory left"),
    (asyncpg.TooManyConnectionsError, BusyError, "{place} takes no more connections"),
    (asyncpg.LockNotAvailableError, BusyError, "{place}: other writers hold the log; try again"),
    (asyncpg.QueryCanceledError, UnavailableError, "{place} needed longer than a statement may take"),
    (asyncpg.SerializationError, UnavailableError, "{place}: other writers were faster; try again"),
    (asyncpg.DeadlockDetectedError, UnavailableError, "{place}: other writers were faster; try again"),
    (asyncpg.ClientConfigurationError, ConfigurationError, "{place}: the URL is wrong ({error})"),
    (TimeoutError, UnavailableError, "{place} does not answer in time"),
    *((lost, UnavailableError, "{place} does not answer") for lost in LOST),
)


def translated(error: Exception, place: str) -> ChariotError:
    """Return *error* of the driver as one of ours; *place* names the server."""
    # What follows the first line may quote rows.
    said = str(error).partition("\n")[0]
    for theirs, ours, advice in _ADVICE:
        if isinstance(error, theirs):
            return ours(advice.format(place=place, error=said))
    return UnavailableError(f"{place}: {said}")


def place_of(url: str) -> str:
    """Return server and database of *url* as a person may read them, without user and password.

    >>> place_of("postgresql://ana:secret@db.test:5433/surface")
    'PostgreSQL at db.test:5433/surface'

    Raises:
        ConfigurationError: it is not the URL of a PostgreSQL database.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
        host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    except ValueError as error:
        raise ConfigurationError(f"the database URL is wrong: {_reason(error)}") from None
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ConfigurationError(
            "the database URL is wrong: write postgresql://user:password@host:5432/database"
        )
    return f"PostgreSQL at {host}:{port}{parts.path}"


def _reason(error: ValueError) -> str:
    # What could not be read may be the password, so it is not repeated.
    return "its port is not a number from 1 to 65535" if "port" in str(error).lower() else "it cannot be read"
