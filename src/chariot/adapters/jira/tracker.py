"""Jira as a `Tracker`: REST API version 3 (Cloud) or 2 (Data Center and Server).

Source: Atlassian's REST API references. Cloud searches by `search/jql` with page tokens, version 2 by `search` with
offsets; a description is an Atlassian document in version 3 and wiki markup in version 2.
"""

import base64
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from chariot.adapters.outgoing.client import Client
from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.integrations.ports import Issue, IssueText

_PROJECT: Final = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_LABEL: Final = re.compile(r"[a-z0-9-]{1,100}")
_PAGE: Final = 100
_PAGES: Final = 1_000
"""A tracker that never stops giving pages is not believed."""
_SUMMARY_LIMIT: Final = 250
_TEXT_LIMIT: Final = 30_000
_FIELDS: Final = ("status", "resolution", "labels")
_MARKUP: Final = re.compile(r"([{}\[\]!*_~^|+?\\-])")


class _Named(msgspec.Struct):
    name: str = ""


class _Category(msgspec.Struct):
    key: str = ""


class _Status(msgspec.Struct):
    statusCategory: _Category = msgspec.field(default_factory=_Category)  # noqa: N815 - Jira's name


class _Fields(msgspec.Struct):
    status: _Status = msgspec.field(default_factory=_Status)
    resolution: _Named | None = None
    labels: list[str] = []


class _Issue(msgspec.Struct):
    key: str
    fields: _Fields = msgspec.field(default_factory=_Fields)


class _Found(msgspec.Struct):
    issues: list[_Issue] = []
    nextPageToken: str | None = None  # noqa: N815 - Jira's name
    total: int = 0


class _Made(msgspec.Struct):
    key: str


class _Transition(msgspec.Struct):
    id: str
    name: str = ""
    to: _Status = msgspec.field(default_factory=_Status)


class _Transitions(msgspec.Struct):
    transitions: list[_Transition] = []


class _Myself(msgspec.Struct):
    displayName: str = ""  # noqa: N815 - Jira's name


class JiraOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What one chooses of a Jira project."""

    project: str
    api: str = "3"
    issue_type: str = "Task"
    close_step: str = ""
    """Name of the workflow step that closes; by default any that leads to a status of the category done."""

    def __post_init__(self) -> None:
        if not _PROJECT.fullmatch(self.project):
            raise InvalidError("is not the key of a Jira project, such as SEC", place="project")
        if self.api not in ("2", "3"):
            raise InvalidError("is 3 for Jira Cloud, 2 for Data Center", place="api")


def authorization(secret: str) -> str:
    """Return the header that a secret stands for: `user@example.com:token` is basic, all else a bearer's.

    >>> authorization("ann@example.com:t0ken"), authorization("personal-token")
    ('Basic YW5uQGV4YW1wbGUuY29tOnQwa2Vu', 'Bearer personal-token')
    """
    if ":" in secret:
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    return f"Bearer {secret}"


class JiraTracker:
    """See `Tracker`."""

    def __init__(self, client: Client, address: str, options: JiraOptions) -> None:
        self._client = client
        self._address = address.rstrip("/")
        self._options = options
        self._rest = f"/rest/api/{options.api}"

    async def check(self) -> str:
        """See `Tracker.check`."""
        myself = await self._client.json("GET", f"{self._rest}/myself", _Myself)
        await self._client.json("GET", f"{self._rest}/project/{self._options.project}", _Named)
        return myself.displayName

    async def labelled(self, label: str) -> AsyncIterator[Issue]:
        """See `Tracker.labelled`."""
        if not _LABEL.fullmatch(label):
            raise InvalidError("is no label of ours", place="label")
        jql = f'project = "{self._options.project}" AND labels = "{label}" ORDER BY key ASC'
        asked: dict[str, Any] = {"jql": jql, "fields": list(_FIELDS), "maxResults": _PAGE}
        path = f"{self._rest}/search/jql" if self._options.api == "3" else f"{self._rest}/search"
        seen = 0
        for _ in range(_PAGES):
            # Searching changes nothing, so it may be repeated although it is a POST.
            found = await self._client.json("POST", path, _Found, body=asked, again=True)
            for one in found.issues:
                yield self._issue(one)
            seen += len(found.issues)
            if self._options.api == "3":
                if not found.nextPageToken:
                    return
                asked["nextPageToken"] = found.nextPageToken
            else:
                if not found.issues or seen >= found.total:
                    return
                asked["startAt"] = seen
        raise UnavailableError(f"Jira gave more than {_PAGES:,} pages")

    async def find(self, key: str) -> Issue | None:
        """See `Tracker.find`."""
        path = f"{self._one(key)}?fields={','.join(_FIELDS)}"
        try:
            return self._issue(await self._client.json("GET", path, _Issue))
        except NotFoundError:
            return None

    async def create(self, text: IssueText, labels: Sequence[str]) -> Issue:
        """See `Tracker.create`."""
        fields = self._said(text) | {
            "project": {"key": self._options.project},
            "issuetype": {"name": self._options.issue_type},
            "labels": list(labels),
        }
        body = {"fields": fields}
        made = await self._client.json("POST", f"{self._rest}/issue", _Made, body=body, again=False)
        return Issue(
            key=made.key, url=self._url(made.key), is_closed=False, resolution="", labels=frozenset(labels)
        )

    async def update(self, key: str, text: IssueText) -> None:
        """See `Tracker.update`."""
        await self._client.request("PUT", self._one(key), body={"fields": self._said(text)})

    async def close(self, key: str, comment: str) -> None:
        """See `Tracker.close`."""
        await self._move(key, comment, is_closing=True)

    async def reopen(self, key: str, comment: str) -> None:
        """See `Tracker.reopen`."""
        await self._move(key, comment, is_closing=False)

    async def _move(self, key: str, comment: str, *, is_closing: bool) -> None:
        path = f"{self._one(key)}/transitions"
        known = await self._client.json("GET", path, _Transitions)
        fitting = [one for one in known.transitions if _is_done(one.to) is is_closing]
        if is_closing and self._options.close_step:
            wanted = self._options.close_step.casefold()
            fitting = [one for one in known.transitions if one.name.casefold() == wanted]
        if not fitting:
            word = "closes" if is_closing else "reopens"
            raise ConflictError(f"the workflow of {key} has no step that {word} it from where it is")
        await self._client.request("POST", path, body={"transition": {"id": fitting[0].id}}, again=False)
        # The step is what counts; a workflow's screen need not take a comment with it.
        await self._client.request(
            "POST", f"{self._one(key)}/comment", body={"body": self._document((comment,))}, again=False
        )

    def _said(self, text: IssueText) -> dict[str, Any]:
        return {
            "summary": " ".join(text.summary.split())[:_SUMMARY_LIMIT],
            "description": self._document(text.paragraphs),
        }

    def _document(self, paragraphs: Sequence[str]) -> Any:
        """Return text that a target may have written so that Jira shows it, and does nothing else with it."""
        if self._options.api == "2":
            return "\n\n".join(_MARKUP.sub(r"\\\1", one) for one in paragraphs)[:_TEXT_LIMIT]
        return {
            "type": "doc",
            "version": 1,
            "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": one[:_TEXT_LIMIT]}]}
                for one in paragraphs
                if one
            ],
        }

    def _issue(self, one: _Issue) -> Issue:
        fields = one.fields
        return Issue(
            key=one.key,
            url=self._url(one.key),
            is_closed=_is_done(fields.status),
            resolution=fields.resolution.name if fields.resolution is not None else "",
            labels=frozenset(fields.labels),
        )

    def _one(self, key: str) -> str:
        return f"{self._rest}/issue/{quote(key, safe='')}"

    def _url(self, key: str) -> str:
        return f"{self._address}/browse/{quote(key, safe='')}"


def _is_done(status: _Status) -> bool:
    return status.statusCategory.key == "done"
