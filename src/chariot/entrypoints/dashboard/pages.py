"""The dashboard as a server runs it: its files, and its sessions, before the API."""

from pathlib import Path

from chariot.entrypoints.dashboard.app import STATIC, AsgiApp, Dashboard
from chariot.entrypoints.dashboard.sessions import CookieSessions


class Pages:
    """What stands before the API of one server."""

    def __init__(self, token: str, folder: Path = STATIC) -> None:
        self._token = token
        self._folder = folder
        self._sessions: CookieSessions | None = None

    @property
    def are_built(self) -> bool:
        """True when there is a dashboard to show."""
        return (self._folder / "index.html").is_file()

    def before(self, api: AsgiApp) -> Dashboard:
        """Return the application that serves the dashboard and hands the rest to *api*."""
        self._sessions = CookieSessions(api, self._token)
        return Dashboard(self._sessions, self._folder)

    def link(self, address: str) -> str:
        """Return where a browser opens the dashboard of the server at *address*, signed in.

        The code stands behind the `#`, which a browser sends to nobody.
        """
        assert self._sessions is not None  # There is no address before the server runs.
        return f"{address}/#code={self._sessions.one_time_code()}"
