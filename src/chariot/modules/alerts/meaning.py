"""Since when a risk meets a rule, and how it came to: told by its history, so that nothing need be remembered."""

import hashlib
from datetime import datetime

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import AlertRule
from chariot.model.records import Version
from chariot.model.states import ON_SURFACE
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.surface.ports import History


class Episode(msgspec.Struct, frozen=True):
    """An unbroken time in which a risk meets a rule."""

    revision: int
    """The first revision that did."""
    began_at: datetime
    cause: str

    def delivery_id(self, organisation: Organisation, rule: Key, risk: Key) -> str:
        """Return what names the alert of this episode, however often it is sent."""
        text = f"{organisation}\n{rule}\n{risk}\n{self.revision}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_known_exploited(risk: Risk) -> bool:
    """Tell whether known exploitation is among the reasons of the score."""
    return any(factor.name == "known exploited" and factor.points > 0 for factor in risk.factors)


async def episode(history: History, organisation: Organisation, key: Key, rule: AlertRule) -> Episode | None:
    """Return the episode that the risk with *key* is in; None when it does not meet *rule* now."""
    first: Version | None = None
    cursor = ""
    while True:
        page = await history.versions(organisation, key, cursor=cursor)
        for version in page.items:
            if not _meets(version, rule):
                return _begun(first, version)
            first = version
        cursor = page.cursor
        if not cursor:
            return _begun(first, None)


def _begun(first: Version | None, before: Version | None) -> Episode | None:
    if first is None:
        return None
    cause = _cause(before)
    if cause == "raised" and isinstance(first.entity, Risk) and "overdue" in first.change.fields:
        cause = "overdue" if first.entity.overdue else cause
    return Episode(first.change.revision, first.valid_from, cause)


def _meets(version: Version, rule: AlertRule) -> bool:
    risk = version.entity
    return (
        isinstance(risk, Risk)
        and version.status in ON_SURFACE
        and risk.state in UNRESOLVED
        and risk.score is not None
        and risk.score >= rule.minimum_score
        and (is_known_exploited(risk) or not rule.known_exploited_only)
        and (risk.overdue or not rule.overdue_only)
    )


def _cause(before: Version | None) -> str:
    risk = before.entity if before is not None else None
    if before is None or not isinstance(risk, Risk) or risk.score is None:
        return "new"
    if before.status not in ON_SURFACE:
        return "returned"
    return "raised" if risk.state in UNRESOLVED else "reopened"
