"""The Python client of Chariot: `Chariot` and `AsyncChariot`, with a method for each operation of the API."""

from chariot_client import models
from chariot_client.operations import AsyncOperations, Operations
from chariot_client.pages import AsyncPages, Page, Pages
from chariot_client.problems import (
    AnswerError,
    AwayError,
    BusyProblem,
    ChariotError,
    ConflictProblem,
    DeniedProblem,
    InvalidProblem,
    NotFoundProblem,
    Problem,
)
from chariot_client.profiles import Profile, ProfileError, Profiles, UnknownProfileError
from chariot_client.retries import Retries

__all__ = [
    "AnswerError",
    "AsyncChariot",
    "AsyncPages",
    "AwayError",
    "BusyProblem",
    "Chariot",
    "ChariotError",
    "ConflictProblem",
    "DeniedProblem",
    "InvalidProblem",
    "NotFoundProblem",
    "Page",
    "Pages",
    "Problem",
    "Profile",
    "ProfileError",
    "Profiles",
    "Retries",
    "UnknownProfileError",
    "models",
]


class Chariot(Operations):
    """A server. Use it as a context manager, or `close` it; one may serve all threads.

    Without arguments: what `CHARIOT_SERVER` and `CHARIOT_TOKEN` say, or the profile that `chariot login` keeps.
    """


class AsyncChariot(AsyncOperations):
    """A server, for programs on asyncio. Otherwise as `Chariot`."""
