"""What would lower a score, and which of it takes the least effort: told by the formula itself."""

from typing import Final

import msgspec

from chariot.model.keys import kind_of
from chariot.model.kinds.weakness import Risk
from chariot.model.states import Decision
from chariot.modules.risk.formula import Control, Exposure, Inputs, assess
from chariot.modules.risk.policy import EVEN, Weights

UPDATE_EFFORT: Final = 1
"""One update, which is the unit; the fix plan counts in it too."""
LOG_IN_EFFORT: Final = 2
WAF_EFFORT: Final = 3
SEPARATE_EFFORT: Final = 4
OFFLINE_EFFORT: Final = 5


class Remedy(msgspec.Struct, frozen=True):
    """One change, and the score that the formula gives after it."""

    name: str
    """`update`, `require a log-in`, `put a filter before it`, `separate the network` or `take off the internet`."""
    words: str
    score: int
    decision: Decision | None
    """None when the risk is gone."""
    lowers_by: int
    effort: int = UPDATE_EFFORT
    """In that of one update."""


def remedies(risk: Risk, inputs: Inputs, weights: Weights = EVEN) -> tuple[Remedy, ...]:
    """Return the changes that lower the score; the cheapest is the first, and of equal ones the strongest."""
    before = assess(inputs, weights).score
    update = risk.remediation or "Mend it as its vendor says."
    found = [Remedy("update", f"{update} Then it is gone.", 0, None, before)] if before else []
    for name, words, effort, changed in _changes(risk, inputs):
        after = assess(changed, weights)
        if after.score < before:
            found.append(Remedy(name, words, after.score, after.decision, before - after.score, effort))
    return tuple(sorted(found, key=lambda remedy: (remedy.effort, -remedy.lowers_by)))


def _changes(risk: Risk, inputs: Inputs) -> list[tuple[str, str, int, Inputs]]:
    """Return what could be changed around the target, each with its effort and the inputs after it."""

    def after(**fields: object) -> Inputs:
        return msgspec.structs.replace(inputs, **fields)

    found = [
        ("require a log-in", "Put a log-in before it.", LOG_IN_EFFORT, after(authenticated=True)),
        (
            "separate the network",
            "Let only those networks reach it that must.",
            SEPARATE_EFFORT,
            after(controls=inputs.controls | {Control.SEGMENTATION}),
        ),
    ]
    if kind_of(risk.target) == "webapplication":
        words = "Put a web application firewall before it, with a rule for this weakness."
        controls = inputs.controls | {Control.WAF, Control.VIRTUAL_PATCH}
        found.append(("put a filter before it", words, WAF_EFFORT, after(controls=controls)))
    if inputs.exposure is Exposure.INTERNET:
        words = "Let only the own network reach it."
        found.append(("take off the internet", words, OFFLINE_EFFORT, after(exposure=Exposure.INTERNAL)))
    return found
