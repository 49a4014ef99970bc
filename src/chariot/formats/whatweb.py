"""WhatWeb (`--log-json`): web applications and what runs them."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology
from chariot.formats.support.values import items, line, mapping, text, whole
from chariot.model.keys import Key

_ITEMS = 500


class WhatWeb(Skimmed):
    """Each target becomes a WebApplication with its technologies.

    | WhatWeb | here |
    | --- | --- |
    | `target`, `http_status` | WebApplication and its status |
    | plugin `IP` | Address, RESOLVES_TO, Port, SERVES |
    | plugins `Title`, `HTTPServer`, `RedirectLocation` | its title, server, redirect |
    | a plugin with a version, or one whose CPE name is known | Technology where the CPE name is known, else Attribute |
    | `MetaGenerator`, `X-Powered-By`, `PoweredBy` | Attribute `technology` |
    | other plugins (`HTML5`, `Country`, `Cookies` …) | nothing: they name no product |

    Each target counts as a finding; there are no severities and no risks. WhatWeb ends some files with an empty
    object, which says nothing. Source: WhatWeb's `lib/logging/json.rb`.
    """

    name = "whatweb"
    title = "WhatWeb JSON"
    example = "whatweb --log-json=web.json https://www.example.com/"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        return 95 if {"target", "plugins"} <= names and names & {"http_status", "request_config"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    if not values:
        return record.parsed()
    plugins = mapping(values.get("plugins"))
    ip = try_address(_first(plugins, "IP"))
    status = whole(values.get("http_status"))
    server = _first(plugins, "HTTPServer")
    key = record.web(
        values.get("target"),
        ip.ip if ip is not None else None,
        status_code=status if 100 <= status <= 999 else None,
        title=_first(plugins, "Title") or None,
        server=server,
        redirect=_first(plugins, "RedirectLocation"),
    )
    if server:
        record.headers(key, (("Server", server),))
    for name, found in list(plugins.items())[:_ITEMS]:
        _plugin(record, key, name, mapping(found))
    return record.parsed(1)


def _first(plugins: dict[str, Any], name: str) -> str:
    strings = items(mapping(plugins.get(name)).get("string"))
    return line(text(strings[0], 1_000), 1_000) if strings else ""


def _plugin(record: Record, key: Key, name: str, found: dict[str, Any]) -> None:
    versions = items(found.get("version"))[:_ITEMS]
    if name in ("MetaGenerator", "X-Powered-By", "PoweredBy"):
        for written in items(found.get("string"))[:_ITEMS]:
            product, _, version = line(written, 300).replace("/", " ").partition(" ")
            record.runs(key, product, version)
    elif versions:
        for version in versions:
            record.runs(key, name, version)
    elif technology(name) is not None:
        record.runs(key, name)
