"""From what is stored to what the formula looks at."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from chariot.model.base import Entity
from chariot.model.checks import ip
from chariot.model.keys import Key, escape
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import Attribute
from chariot.model.records import Record
from chariot.model.states import ON_SURFACE, Severity
from chariot.modules.risk.criticality import Criticality, CriticalityRule, stated
from chariot.modules.risk.formula import Control, Exploit, Exposure, Inputs
from chariot.modules.risk.vectors import TOTAL_WITHOUT_VECTOR, read_vector
from chariot.modules.surface.exposure import EXPOSED_KINDS, is_exposed

AUTHENTICATION_TAG: Final = "authentication"
"""Set to `required` or `none` by a person, it says whether one must log in."""
CONTROL: Final = "control"
"""Tag of a target, and label of an attribute, that names what stands before it; commas separate several."""

_SCORES: Final = {
    Severity.INFO: 0.0,
    Severity.LOW: 2.0,
    Severity.MEDIUM: 5.5,
    Severity.HIGH: 8.0,
    Severity.CRITICAL: 9.5,
}
"""What a finding without a CVSS score counts as: the middle of its severity's band."""
_UNAUTHORISED: Final = 401
_NAME_LIMIT: Final = 200


def parents(target: Entity) -> tuple[Key, ...]:
    """Return the keys of what *target* belongs to; it inherits their criticality."""
    match target:
        case Port():
            return (Key(f"#address#{target.address}"),)
        case WebApplication():
            host = urlsplit(target.url).hostname or ""
            try:
                return (Key(f"#address#{ip(host)}"),)
            except ValueError:
                return (Key(f"#domain#{escape(host)}"),)
        case _:
            return ()


def control_keys(target: Key) -> tuple[Key, ...]:
    """Return the keys of the attributes by which a capability says what stands before *target*."""
    return tuple(Attribute(owner=target, label=CONTROL, value=control.value).key for control in Control)


def inputs_of(
    risk: Risk,
    target: Record,
    vulnerability: Vulnerability | None,
    around: Mapping[Key, Record],
    rules: Sequence[CriticalityRule] = (),
    *,
    holder: Record | None = None,
) -> Inputs:
    """Return the formula's inputs for *risk*.

    *around* holds what is known of the target's parents and controls; *rules* say which assets matter how much;
    *holder* is something exposed that has a target which packets cannot be sent to.
    """
    known = vulnerability or Vulnerability(id=risk.weakness)
    vector = read_vector(known.cvss_vector) if known.cvss_vector else None
    cvss = vector.score if vector else known.cvss_score
    if cvss is None and risk.severity is not None:
        cvss = _SCORES[risk.severity]
    exposure, why = _exposure(target, holder, vector.attack_vector if vector else "N")
    return Inputs(
        epss=known.epss,
        known_exploited=bool(known.known_exploited),
        ransomware=bool(known.ransomware),
        exploit=_exploit(known.exploit),
        exposure=exposure,
        exposure_why=why,
        authenticated=_authenticated(target),
        controls=_controls(target, around),
        cvss=cvss,
        criticality=criticality_of(target, around, rules),
        reachable=risk.reachable or 0,
        leads_to_critical=bool(risk.leads_to_critical),
        automatable=bool(vector and vector.automatable),
        total_impact=vector.total_impact if vector else (cvss or 0.0) >= TOTAL_WITHOUT_VECTOR,
    )


def criticality_of(
    target: Record, around: Mapping[Key, Record], rules: Sequence[CriticalityRule] = ()
) -> Criticality:
    """Return what is stated of the target itself, else the highest of what it belongs to, else normal."""
    own = stated(target, rules)
    if own is not None:
        return own
    inherited = [
        level
        for key in parents(target.entity)
        if (record := around.get(key)) and (level := stated(record, rules)) is not None
    ]
    return max(inherited, key=list(Criticality).index, default=Criticality.NORMAL)


def _controls(target: Record, around: Mapping[Key, Record]) -> frozenset[Control]:
    """Return what stands before *target*, by its tag, its parents' tags and what capabilities saw."""
    holders = [target, *(around[key] for key in parents(target.entity) if key in around)]
    words = {word.strip().lower() for holder in holders for word in holder.tags.get(CONTROL, "").split(",")}
    words |= {
        record.entity.value
        for key in control_keys(target.key)
        if (record := around.get(key)) is not None
        and record.status in ON_SURFACE
        and isinstance(record.entity, Attribute)
    }
    return frozenset(control for control in Control if control.value in words)


def _exploit(text: str) -> Exploit:
    try:
        return Exploit(text or "none")
    except ValueError:
        # Some other word for an exploit: that there is one is all that it says.
        return Exploit.POC


def _exposure(target: Record, holder: Record | None, attack_vector: str) -> tuple[Exposure, str]:
    """Return from where the weakness can be reached, and why where the target itself does not tell."""
    if attack_vector in ("L", "P"):
        return Exposure.LOCAL, ""
    if attack_vector == "A":
        return Exposure.INTERNAL, ""
    if target.kind in EXPOSED_KINDS:
        return (Exposure.INTERNET if is_exposed(target) else Exposure.INTERNAL), ""
    if holder is not None:
        return Exposure.INTERNET, f"{holder.name[:_NAME_LIMIT]} has it"
    return Exposure.INTERNAL, "nothing on the internet is known to have it"


def _authenticated(target: Record) -> bool | None:
    said = {"required": True, "none": False}.get(target.tags.get(AUTHENTICATION_TAG, "").lower())
    if said is not None:
        return said
    if isinstance(target.entity, WebApplication) and target.entity.status_code == _UNAUTHORISED:
        return True
    return None
