"""How one entity differs between two moments."""

from chariot.model.records import Difference, Record


def difference_of(before: Record | None, after: Record | None) -> Difference | None:
    """Return how *after* differs from *before*, each None when it was not on the surface; None when it does not."""
    if before is None or after is None:
        one = before or after
        if one is None:
            return None
        return Difference(key=one.key, kind=one.kind, before=before, after=after, fields=())
    fields = [
        spec.name
        for spec in after.entity.specs
        if getattr(before.entity, spec.name) != getattr(after.entity, spec.name)
    ]
    fields += [name for name in ("status", "tags") if getattr(before, name) != getattr(after, name)]
    if not fields:
        return None
    return Difference(key=after.key, kind=after.kind, before=before, after=after, fields=tuple(fields))
