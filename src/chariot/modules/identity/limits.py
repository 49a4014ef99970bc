"""How long sessions last."""

from datetime import timedelta

import msgspec


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long sessions last. Source of the defaults for browsers: NIST SP 800-63B-4, section 2.2.3."""

    idle_hours: float = 8.0
    """A session in a browser ends when it is not used for so long …"""
    hours: float = 24.0
    """… and after so long in any case."""
    cli_idle_hours: float = 7 * 24.0
    """As `idle_hours`, for command lines."""
    cli_hours: float = 30 * 24.0

    def idle(self, use: str) -> timedelta:
        """Return how long a session may stay unused."""
        return timedelta(hours=self.cli_idle_hours if use == "cli" else self.idle_hours)

    def whole(self, use: str) -> timedelta:
        """Return how long a session may last."""
        return timedelta(hours=self.cli_hours if use == "cli" else self.hours)
