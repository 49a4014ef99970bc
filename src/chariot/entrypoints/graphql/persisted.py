"""Queries that clients name by their digest in place of sending them."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from chariot.errors import DeniedError, InvalidError, NotFoundError
from chariot.model.keys import Organisation

_KEPT = 1_000
_KEPT_CHARACTERS = 10_000_000
NOT_FOUND = "PersistedQueryNotFound"
"""What clients of persisted queries wait for before they send the query itself."""


def digest_of(query: str) -> str:
    """Return the SHA-256 digest of *query* in hex."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()


def allowed_in(folder: Path) -> Mapping[str, str] | None:
    """Return the queries in the files `*.graphql` of *folder* by their digests; None when there is no such folder."""
    if not folder.is_dir():
        return None
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.graphql"))]
    return {digest_of(text): text for text in texts}


class PersistedQueries:
    """Queries by their digests: those of an organisation's clients, and where it is given only those *allowed*."""

    def __init__(self, allowed: Mapping[str, str] | None = None) -> None:
        self._allowed = allowed
        self._kept: OrderedDict[tuple[Organisation, str], str] = OrderedDict()
        self._characters = 0

    def resolve(self, organisation: Organisation, query: str, digest: str) -> str:
        """Return the query that is meant by *query*, by *digest*, or by both.

        Raises:
            InvalidError: there is neither, or they do not belong together.
            NotFoundError: the query has to be sent once, or once more.
            DeniedError: it is none of those that are allowed.
        """
        if not query and not digest:
            raise InvalidError("is missing", place="query")
        if query and digest and digest_of(query) != digest.lower():
            raise InvalidError("is not the digest of the query", place="extensions.persistedQuery.sha256Hash")
        name = digest.lower() or digest_of(query)
        if self._allowed is not None:
            if name not in self._allowed:
                raise DeniedError("this server does only the queries that its operator allowed")
            return self._allowed[name]
        if not query:
            return self._known(organisation, name)
        if digest:
            self._keep(organisation, name, query)
        return query

    def _known(self, organisation: Organisation, name: str) -> str:
        if (organisation, name) not in self._kept:
            raise NotFoundError(NOT_FOUND)
        self._kept.move_to_end((organisation, name))
        return self._kept[organisation, name]

    def _keep(self, organisation: Organisation, name: str, query: str) -> None:
        if (organisation, name) not in self._kept:
            self._kept[organisation, name] = query
            self._characters += len(query)
        while len(self._kept) > _KEPT or self._characters > _KEPT_CHARACTERS:
            _, gone = self._kept.popitem(last=False)
            self._characters -= len(gone)
