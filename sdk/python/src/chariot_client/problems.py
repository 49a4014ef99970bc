"""What can go wrong. A class says what the caller can do.

ChariotError
├── Problem                the server refused; `type`, `field`, `request_id` say why, where, and where to look
│   ├── InvalidProblem         mend the request
│   ├── DeniedProblem          send another token, or ask for the permission
│   ├── NotFoundProblem        fix the name
│   ├── ConflictProblem        read again, decide again
│   └── BusyProblem            try later; `retry_after_s` says when
├── AwayError              no server answered
└── AnswerError            what answered speaks no Chariot
"""

import msgspec


class ChariotError(Exception):
    """The root of all errors of this client."""


class AwayError(ChariotError):
    """No server answered, or the connection broke."""


class AnswerError(ChariotError):
    """The answer is not one of this API, for example a page of a proxy."""


class Problem(ChariotError):  # noqa: N818 - the word of the RFC
    """The server refused. Source of the form: RFC 9457."""

    def __init__(
        self,
        *,
        type: str,  # noqa: A002 - the name in the RFC
        title: str,
        status: int,
        detail: str = "",
        field: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{field}: {detail or title}" if field else detail or title)
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.field = field
        self.request_id = request_id
        self.retry_after_s = retry_after_s

    @property
    def name(self) -> str:
        """The last part of the type, such as `out-of-scope`."""
        return self.type.rpartition("/")[2]


class InvalidProblem(Problem):
    """The request is wrong; `field` names what in it."""


class DeniedProblem(Problem):
    """The token is not known, or may not do this."""


class NotFoundProblem(Problem):
    """Nothing has that name."""


class ConflictProblem(Problem):
    """The thing changed since it was read, or its state does not allow this."""


class BusyProblem(Problem):
    """Too much at once, or something that the server needs is away."""


_BY_STATUS: dict[int, type[Problem]] = {
    400: InvalidProblem,
    401: DeniedProblem,
    403: DeniedProblem,
    404: NotFoundProblem,
    405: InvalidProblem,
    409: ConflictProblem,
    412: ConflictProblem,
    413: InvalidProblem,
    415: InvalidProblem,
    429: BusyProblem,
    503: BusyProblem,
}


class _Told(msgspec.Struct):
    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    field: str = ""
    request_id: str = ""


def problem_of(status: int, body: bytes, retry_after_s: float | None) -> Problem:
    """Return the problem that an answer with *status* tells of, also when its body is another server's."""
    try:
        told = msgspec.json.decode(body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = _Told()
    return _BY_STATUS.get(status, Problem)(
        type=told.type,
        title=told.title or f"the server answered {status}",
        status=status,
        detail=told.detail,
        field=told.field,
        request_id=told.request_id,
        retry_after_s=retry_after_s,
    )
