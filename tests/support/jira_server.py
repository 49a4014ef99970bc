"""A Jira project as Atlassian's references of the REST API (versions 2 and 3) describe it."""

import base64
import json
import re
from typing import Any

from aiohttp import web

from support.served import Faults

USER = "ann@example.com:t0ken"
_JQL = re.compile(r'project = "(\w+)" AND labels = "([\w-]+)" ORDER BY key ASC')
_DONE = {"key": "done"}
_OPEN = {"key": "new"}


class JiraServer:
    """One project, with a workflow of two statuses."""

    def __init__(self, *, page: int = 2) -> None:
        self.faults = Faults()
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[Any]] = {}
        self.requests: list[str] = []
        self.unsearchable: set[str] = set()
        """Issues that the search does not know yet."""
        self.is_search_late = False
        self.steps = {"Close": "done", "Reopen": "new"}
        self._page = page

    async def handle(self, request: web.Request) -> web.Response:  # noqa: PLR0911 - one for each address
        self.requests.append(f"{request.method} {request.path}")
        expected = f"Basic {base64.b64encode(USER.encode()).decode()}"
        if request.headers.get("Authorization") != expected:
            return web.json_response({"errorMessages": ["You are not authenticated."]}, status=401)
        api, _, path = request.path.removeprefix("/rest/api/").partition("/")
        body = await request.json() if request.can_read_body else {}
        match request.method, *path.split("/"):
            case "GET", "myself":
                return web.json_response({"displayName": "Ann"})
            case "GET", "project", "SEC":
                return web.json_response({"key": "SEC", "name": "Security"})
            case "POST", "search", "jql" if api == "3":
                return self._search_by_token(body)
            case "POST", "search" if api == "2":
                return self._search_by_offset(body)
            case "POST", "issue":
                return self._create(api, body)
            case _, "issue", key, *more if key in self.issues:
                return self._one(request.method, key, more, body)
        return web.json_response({"errorMessages": ["Issue does not exist"]}, status=404)

    def resolve(self, key: str, resolution: str | None) -> None:
        """A person closes an issue with a resolution, or opens it with None."""
        fields = self.issues[key]["fields"]
        fields["status"] = {"statusCategory": _DONE if resolution else _OPEN}
        fields["resolution"] = {"name": resolution} if resolution else None

    def is_closed(self, key: str) -> bool:
        return self.issues[key]["fields"]["status"]["statusCategory"] == _DONE

    def _found(self, body: dict[str, Any]) -> list[dict[str, Any]] | None:
        parsed = _JQL.fullmatch(body["jql"])
        if parsed is None:
            return None
        return [
            issue
            for key, issue in self.issues.items()
            if parsed[2] in issue["fields"]["labels"] and key not in self.unsearchable
        ]

    def _search_by_token(self, body: dict[str, Any]) -> web.Response:
        found = self._found(body)
        if found is None:
            return web.json_response({"errorMessages": ["Error in the JQL Query"]}, status=400)
        start = int(body.get("nextPageToken", "0"))
        answer: dict[str, Any] = {"issues": found[start : start + self._page]}
        if start + self._page < len(found):
            answer["nextPageToken"] = str(start + self._page)
        return web.json_response(answer)

    def _search_by_offset(self, body: dict[str, Any]) -> web.Response:
        found = self._found(body)
        if found is None:
            return web.json_response({"errorMessages": ["Error in the JQL Query"]}, status=400)
        start = body.get("startAt", 0)
        issues = found[start : start + self._page]
        return web.json_response({"issues": issues, "startAt": start, "total": len(found)})

    def _create(self, api: str, body: dict[str, Any]) -> web.Response:
        fields = body["fields"]
        if fields["project"]["key"] != "SEC":
            return web.json_response({"errors": {"project": "valid project is required"}}, status=400)
        if isinstance(fields["description"], str) is not (api == "2") or "\n" in fields["summary"]:
            return web.json_response({"errors": {"description": "Operation value is wrong"}}, status=400)
        key = f"SEC-{len(self.issues) + 1}"
        self.issues[key] = {
            "id": str(10_000 + len(self.issues)),
            "key": key,
            "fields": fields | {"status": {"statusCategory": _OPEN}, "resolution": None},
        }
        self.comments[key] = []
        if self.is_search_late:
            self.unsearchable.add(key)
        return web.json_response({"id": self.issues[key]["id"], "key": key}, status=201)

    def _one(self, method: str, key: str, more: list[str], body: dict[str, Any]) -> web.Response:
        match method, *more:
            case ("GET",):
                return web.json_response(self.issues[key])
            case ("PUT",):
                self.issues[key]["fields"].update(body["fields"])
                return web.Response(status=204)
            case "GET", "transitions":
                present = "done" if self.is_closed(key) else "new"
                steps = [
                    {"id": str(number), "name": name, "to": {"statusCategory": {"key": to}}}
                    for number, (name, to) in enumerate(self.steps.items())
                    if to != present
                ]
                return web.json_response({"transitions": steps})
            case "POST", "transitions":
                name = list(self.steps)[int(body["transition"]["id"])]
                self.resolve(key, "Done" if self.steps[name] == "done" else None)
                return web.Response(status=204)
            case "POST", "comment":
                self.comments[key].append(json.dumps(body["body"]))
                return web.json_response({"id": "1"}, status=201)
        return web.Response(status=405)
