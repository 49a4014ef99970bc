"""The words for states, kept apart: lifecycle of an entity, life of a risk, severity, depth of a scan."""

from enum import Enum


class _Word(Enum):
    """One of few words."""

    # There is one of each, and the hash of Enum is slow where the words of each entity of a batch are looked up.
    __hash__ = object.__hash__


class Status(_Word):
    """Lifecycle: whether an entity is on the surface."""

    ACTIVE = "active"
    PENDING = "pending"
    """A candidate that waits for a person."""
    STALE = "stale"
    """Nobody confirmed it within its time; it leaves the surface next."""
    FROZEN = "frozen"
    """Kept as it is: not scanned, not expired."""
    EXCLUDED = "excluded"
    """A person decided that it is not ours."""
    GONE = "gone"
    """It left the surface; history keeps it."""


ON_SURFACE = frozenset({Status.ACTIVE, Status.PENDING, Status.STALE, Status.FROZEN})
"""What the surface shows."""


class Standing(_Word):
    """Whether something that was come across belongs to us, and what is done with it."""

    CANDIDATE = "candidate"
    """It may be ours; nothing is sent to it until a person says so."""
    APPROVED = "approved"
    """It is ours, and is scanned."""
    DEPENDENCY = "dependency"
    """Somebody else's that we rely on; known, and never scanned."""
    MONITORED = "monitor-only"
    """Ours to watch from afar: third parties are asked, and nothing is sent to it."""
    EXCLUDED = "excluded"
    """It is not ours."""


class RiskState(_Word):
    """The life of a risk, apart from its severity."""

    TRIAGE = "triage"
    OPEN = "open"
    ACCEPTED = "accepted"
    REMEDIATED = "remediated"
    REJECTED = "rejected"


class Severity(_Word):
    """How bad a weakness is in words; the bands are those of CVSS 3.1, section 5."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Decision(_Word):
    """SSVC: what to do, and how fast. Source: CISA, guide to stakeholder-specific categorization."""

    TRACK = "track"
    TRACK_STAR = "track*"
    ATTEND = "attend"
    ACT = "act"


class Depth(_Word):
    """How deep a scan may go."""

    PASSIVE = "passive"
    LIGHT = "light"
    NORMAL = "normal"
    DEEP = "deep"


class Surface(_Word):
    """From where an entity can be reached."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    CLOUD = "cloud"
    REPOSITORY = "repository"
    APPLICATION = "application"


class Source(_Word):
    """How an entity came to be known; the earlier in this order wins."""

    SEED = "seed"
    ACCOUNT = "account"
    SELF = "self"


class Outcome(_Word):
    """How a job ended; UNKNOWN is said aloud, it never means clean."""

    QUEUED = "queued"
    DONE = "done"
    UNKNOWN = "unknown"
    """It could not run: the reason says why, and nothing may be concluded."""


class ScanPhase(_Word):
    """The life of a scan."""

    RUNNING = "running"
    PAUSED = "paused"
    """Stopped by a person; goes on with what it has not looked at yet."""
    CANCELLING = "cancelling"
    """Stopped by a person for good; what had begun ends by itself."""
    CANCELLED = "cancelled"
    DONE = "done"


class ImportJobState(_Word):
    """The life of a file that was sent to be imported."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    """Stopped by a person; goes on where it was."""
    CANCELLING = "cancelling"
    """Stopped by a person; what it had written is being taken back."""
    CANCELLED = "cancelled"
    """Stopped by a person; nothing of what it had written is left."""
    FAILED = "failed"
    DONE = "done"


class TicketState(_Word):
    """Where a risk's issue stands, as both sides agreed last."""

    CREATING = "creating"
    """Asked for; whether the tracker made it is not known yet."""
    OPEN = "open"
    CLOSED = "closed"
    GONE = "gone"
    """The tracker does not have it any more; a person deleted it there."""


class ImportState(_Word):
    """The life of an import."""

    RUNNING = "running"
    """Not finished; the same file given again goes on with it."""
    DONE = "done"
    UNDOING = "undoing"
    """Being taken back; the same command goes on with it."""
    UNDONE = "undone"
