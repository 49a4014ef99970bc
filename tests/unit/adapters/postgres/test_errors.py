import asyncpg
import pytest

from chariot.adapters.postgres.errors import place_of, translated
from chariot.errors import BusyError, ConfigurationError, UnavailableError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ana:secret@db.test:5433/surface", "PostgreSQL at db.test:5433/surface"),
        ("postgres://ana:s%2Fecret@db.test/surface?sslmode=require", "PostgreSQL at db.test:5432/surface"),
        ("postgresql://ana@/surface?host=/run/postgresql", "PostgreSQL at /run/postgresql:5432/surface"),
        ("postgresql://ana@[2001:db8::1]:1/surface", "PostgreSQL at 2001:db8::1:1/surface"),
    ],
)
def test_a_place_is_named_without_user_and_password(url: str, place: str) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "surface",
        "mysql://ana:secret@db.test/surface",
        "postgresql://ana:secret@db.test",
        "postgresql://ana:secret@db.test/",
        "postgresql://ana:secret@db.test:port/surface",
        "postgresql://ana:sec:ret@db.test:99999/surface",
        "postgresql://ana:[secret@db.test/surface",
    ],
)
def test_a_wrong_url_is_told_in_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="database URL is wrong") as raised:
        place_of(url)

    assert "secret" not in str(raised.value)
    assert "ret" not in str(raised.value).replace("retry", "")


@pytest.mark.parametrize(
    ("theirs", "ours", "says"),
    [
        (asyncpg.InvalidPasswordError("x"), ConfigurationError, "refuses user or password"),
        (asyncpg.InvalidCatalogNameError("x"), ConfigurationError, "no such database"),
        (asyncpg.UndefinedTableError("x"), ConfigurationError, "chariot migrate"),
        (asyncpg.InsufficientPrivilegeError("x"), ConfigurationError, "may not"),
        (asyncpg.ReadOnlySQLTransactionError("x"), UnavailableError, "read-only"),
        (asyncpg.DiskFullError("x"), UnavailableError, "no space is left"),
        (asyncpg.TooManyConnectionsError("x"), BusyError, "no more connections"),
        (asyncpg.LockNotAvailableError("x"), BusyError, "other writers"),
        (asyncpg.QueryCanceledError("x"), UnavailableError, "longer"),
        (asyncpg.ConnectionDoesNotExistError("x"), UnavailableError, "does not answer"),
        (asyncpg.InternalClientError("cannot switch to state 12"), UnavailableError, "does not answer"),
        (asyncpg.CannotConnectNowError("x"), UnavailableError, "does not answer"),
        (ConnectionRefusedError(), UnavailableError, "does not answer"),
        (TimeoutError(), UnavailableError, "in time"),
    ],
)
def test_each_trouble_is_told_in_one_sentence(theirs: Exception, ours: type[Exception], says: str) -> None:
    error = translated(theirs, "PostgreSQL at db.test:5432/surface")

    assert type(error) is ours
    assert says in str(error)
    assert "db.test" in str(error)
    assert "\n" not in str(error)
