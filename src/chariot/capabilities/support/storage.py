"""Names of cloud storage in a page: whose content it shows, and where somebody may look for more."""

import re
from typing import Final

NAMES_LIMIT: Final = 20
TEXT_LIMIT: Final = 262_144
_BUCKET = r"(?P<name>[a-z0-9][a-z0-9._-]{1,61}[a-z0-9])"
_EDGE = r"(?<![a-z0-9._-])"
_AMAZON = r"s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]{2,10}){1,3}-\d)?\.amazonaws\.com(?![a-z0-9.-])"
_PLACES: Final = tuple(
    (provider, re.compile(_EDGE + pattern))
    for provider, pattern in (
        # Each provider's own page on how its addresses are built.
        ("s3", rf"{_BUCKET}\.{_AMAZON}"),
        ("s3", rf"{_AMAZON}/{_BUCKET}(?=[/\"'\s<?)])"),
        ("google", rf"{_BUCKET}\.storage\.googleapis\.com(?![a-z0-9.-])"),
        ("google", rf"storage\.(?:googleapis|cloud\.google)\.com/{_BUCKET}(?=[/\"'\s<?)])"),
        ("azure", r"(?P<name>[a-z0-9]{3,24})\.(?:blob|file|dfs)\.core\.windows\.net(?![a-z0-9.-])"),
        ("digitalocean", rf"{_BUCKET}\.[a-z]{{3}}\d\.(?:cdn\.)?digitaloceanspaces\.com(?![a-z0-9.-])"),
        ("alibaba", rf"{_BUCKET}\.oss-[a-z]{{2}}-[a-z0-9-]{{2,20}}\.aliyuncs\.com(?![a-z0-9.-])"),
        ("backblaze", rf"f\d{{3}}\.backblazeb2\.com/file/{_BUCKET}(?=[/\"'\s<?)])"),
        ("cloudflare", r"(?P<name>pub-[0-9a-f]{32})\.r2\.dev(?![a-z0-9.-])"),
    )
)
_HINT = re.compile(
    r"amazonaws|googleapis|cloud\.google|windows\.net|digitaloceanspaces|aliyuncs|backblazeb2|r2\.dev"
)


def storage_names(text: str) -> tuple[str, ...]:
    """Return provider and name of each storage that *text* names, such as `s3 acme-images`, sorted, a few at most."""
    lowered = text[:TEXT_LIMIT].lower()
    if not _HINT.search(lowered):
        return ()
    found = {
        f"{provider} {match['name']}" for provider, place in _PLACES for match in place.finditer(lowered)
    }
    return tuple(sorted(found)[:NAMES_LIMIT])
