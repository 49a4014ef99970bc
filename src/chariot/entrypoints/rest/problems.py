"""Errors as RFC 9457 problems: one table from the class of an error to its status and its stable type."""

import msgspec

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

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/api/v1/problems/"


class UnauthenticatedError(DeniedError):
    """The request carries no token, or one that is not known."""

    def __init__(self, message: str, *, tried: bool = False) -> None:
        """*tried* says that there was something that should have proven it."""
        super().__init__(message)
        self.tried = tried


class MisdirectedError(DeniedError):
    """The Host header names another server than this one."""


class PreconditionError(ConflictError):
    """The entity is not at the revision that If-Match names."""


class ReusedKeyError(ConflictError):
    """An Idempotency-Key came again with another request, or while the first one is still at work."""


class HeadersTooLargeError(TooLargeError):
    """The headers together are longer than any request needs."""


class MediaTypeError(InvalidError):
    """The body is not JSON, or is encoded in a way that this server does not read."""


class SlowRequestError(InvalidError):
    """The body did not arrive in time."""


class MethodError(InvalidError):
    """The address exists, but not with this method."""


class RateLimitedError(BusyError):
    """The caller asks more often than it may."""


class ProblemType(msgspec.Struct, frozen=True, kw_only=True):
    """What callers can rely on: the name and the status of a kind of problem never change."""

    name: str
    status: int
    title: str
    advice: str
    """What the caller can do."""
    shows_detail: bool = True
    """False where the error's text is for the operator alone: it may name files of the server."""

    @property
    def type(self) -> str:
        """The problem's type as it stands in answers; reading that address gives the advice."""
        return TYPE_PREFIX + self.name


INTERNAL = ProblemType(
    name="internal",
    status=500,
    title="The server failed",
    advice="Report it with the request id; the server's log holds the reason under it.",
    shows_detail=False,
)

PROBLEMS: dict[type[ChariotError], ProblemType] = {
    InvalidError: ProblemType(
        name="invalid",
        status=400,
        title="The request is not valid",
        advice="Mend what `field` names.",
    ),
    UnauthenticatedError: ProblemType(
        name="unauthenticated",
        status=401,
        title="The caller is not known",
        advice="Send `Authorization: Bearer <token>`.",
    ),
    DeniedError: ProblemType(
        name="denied",
        status=403,
        title="The caller may not do this",
        advice="Ask for the permission that the text names.",
    ),
    OutOfScopeError: ProblemType(
        name="out-of-scope",
        status=403,
        title="The target is outside the scope",
        advice="Do not retry. Widen the scope on purpose, or leave the target alone.",
    ),
    NotFoundError: ProblemType(
        name="not-found", status=404, title="Nothing has that name", advice="Mend the name or the address."
    ),
    MethodError: ProblemType(
        name="method",
        status=405,
        title="The address does not take this method",
        advice="Use one that the Allow header names.",
    ),
    SlowRequestError: ProblemType(
        name="slow-request",
        status=408,
        title="The request did not arrive in time",
        advice="Send the body without pauses, or send less at once.",
    ),
    ConflictError: ProblemType(
        name="conflict",
        status=409,
        title="The state does not allow this",
        advice="Read again and decide again.",
    ),
    ReusedKeyError: ProblemType(
        name="reused-key",
        status=409,
        title="The Idempotency-Key was used before",
        advice="Use a new key for a new request.",
    ),
    PreconditionError: ProblemType(
        name="precondition",
        status=412,
        title="The entity changed since it was read",
        advice="Read it again, and send its new ETag in If-Match.",
    ),
    TooLargeError: ProblemType(
        name="too-large", status=413, title="The request is too large", advice="Send several smaller ones."
    ),
    MediaTypeError: ProblemType(
        name="media-type",
        status=415,
        title="The body's type is not supported",
        advice="Send JSON as `application/json`, not compressed.",
    ),
    MisdirectedError: ProblemType(
        name="misdirected",
        status=421,
        title="The request is meant for another server",
        advice="Use the name or address that this server is configured for.",
    ),
    HeadersTooLargeError: ProblemType(
        name="headers-too-large",
        status=431,
        title="The headers are too large",
        advice="Send fewer or shorter ones.",
    ),
    RateLimitedError: ProblemType(
        name="rate-limited",
        status=429,
        title="Too many requests",
        advice="Wait as long as Retry-After says.",
    ),
    BusyError: ProblemType(
        name="busy",
        status=503,
        title="The server is busy",
        advice="Retry after as many seconds as Retry-After says.",
    ),
    UnavailableError: ProblemType(
        name="unavailable",
        status=503,
        title="Something that the server depends on does not answer",
        advice="Retry later; `/health/ready` says what is away.",
        shows_detail=False,
    ),
    ConfigurationError: ProblemType(
        name="configuration",
        status=500,
        title="The server is not set up for this",
        advice="The operator finds the reason in the log under the request id.",
        shows_detail=False,
    ),
    ChariotError: INTERNAL,
}
"""Every error that is raised on purpose, by its class or the nearest class above it."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Problem details. Source: RFC 9457, section 3.1."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    """The request's path."""
    request_id: str
    """Finds the request in the server's log."""
    field: str = ""
    """What in the request is wrong: a parameter, a header, or a path into the body."""


def problem_type(error: type[BaseException]) -> ProblemType:
    """Return the row of the table for *error*; what nobody raised on purpose is internal."""
    for above in error.__mro__:
        if above in PROBLEMS:
            return PROBLEMS[above]
    return INTERNAL


def problem(error: BaseException, *, instance: str, request_id: str) -> Problem:
    """Return what the caller is told about *error*."""
    row = problem_type(type(error))
    detail = row.title
    if row.shows_detail:
        detail = error.message if isinstance(error, InvalidError) else str(error)
    return Problem(
        type=row.type,
        title=row.title,
        status=row.status,
        detail=detail or row.title,
        instance=instance,
        request_id=request_id,
        field=error.place if isinstance(error, InvalidError) else "",
    )


def problem_headers(error: BaseException) -> dict[str, str]:
    """Return the headers that go with *error*."""
    if isinstance(error, UnauthenticatedError):
        # Source: RFC 6750, section 3.
        tried = ', error="invalid_token"' if error.tried else ""
        return {"www-authenticate": f'Bearer realm="chariot"{tried}'}
    if isinstance(error, BusyError):
        return {"retry-after": str(max(1, round(error.retry_after_s + 0.5)))}
    if isinstance(error, UnavailableError):
        return {"retry-after": "5"}
    return {}
