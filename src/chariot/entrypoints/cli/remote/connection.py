"""The client with this program's errors: what the server refuses ends a command as it would in this process."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import chariot_client as client
from chariot.errors import (
    BusyError,
    ChariotError,
    ConfigurationError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    OutOfScopeError,
    UnavailableError,
)

T = TypeVar("T")
_ERRORS: dict[type[client.Problem], type[ChariotError]] = {
    client.DeniedProblem: DeniedError,
    client.NotFoundProblem: NotFoundError,
    client.ConflictProblem: ConflictError,
}


class Connection:
    """One server, asked by operation."""

    def __init__(self, server: client.AsyncChariot) -> None:
        self._server = server

    async def call(self, type_: type[T], method: str, template: str, *names: str, **more: Any) -> T:
        """Return what the operation at *template* answers, its parameters filled with *names*."""
        with translated():
            return await self._server.call(type_, method, self._server.path(template, *names), **more)

    async def page(
        self, type_: type[T], template: str, *names: str, query: dict[str, Any] | None = None
    ) -> client.Page[T]:
        """Return one page of a list."""
        with translated():
            pages = self._server.pages(type_, self._server.path(template, *names), query=query)
            return await pages.first()

    async def download(self, to: Path, template: str, *names: str, query: dict[str, Any]) -> None:
        """Write an answer of any size to a file."""
        with translated():
            await self._server.download(self._server.path(template, *names), to, query=query)


@asynccontextmanager
async def connected(
    server: str, profile: str, organisation: str, token: str = ""
) -> AsyncIterator[Connection]:
    """Give a connection to the server that is named, by its address or by its profile.

    Raises:
        ConfigurationError: no server or no token is known.
    """
    if not token and not os.environ.get("CHARIOT_TOKEN"):
        _renew(server, profile)
    with translated():
        opened = client.AsyncChariot(
            server or None, token=token or None, profile=profile or None, organisation=organisation or None
        )
    async with opened:
        yield Connection(opened)


def _renew(server: str, profile: str) -> None:
    """Renew the token that is kept, where an issuer gave it and it ends."""
    with translated():
        kept = client.Profiles()
        if all(one.renewal is None for one in kept.all().values()):
            return
        from chariot.entrypoints.cli.signing_in import renew

        renew(
            server or os.environ.get("CHARIOT_SERVER", ""),
            profile or os.environ.get("CHARIOT_PROFILE", ""),
            kept,
        )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into this program's."""
    try:
        yield
    except client.Problem as problem:
        raise _error(problem) from problem
    except client.AwayError as error:
        raise UnavailableError(str(error)) from error
    except client.UnknownProfileError as error:
        raise NotFoundError(str(error)) from error
    except (client.AnswerError, client.ProfileError) as error:
        raise ConfigurationError(str(error)) from error


def _error(problem: client.Problem) -> ChariotError:
    said = problem.detail or problem.title
    if isinstance(problem, client.InvalidProblem):
        return InvalidError(said, place=problem.field)
    if isinstance(problem, client.BusyProblem) and problem.name != "unavailable":
        return BusyError(said, retry_after_s=problem.retry_after_s or 1.0)
    if problem.name == "out-of-scope":
        return OutOfScopeError(said)
    for kind, error in _ERRORS.items():
        if isinstance(problem, kind):
            return error(said)
    number = f" (request {problem.request_id})" if problem.request_id else ""
    return UnavailableError(f"{said}{number}")
