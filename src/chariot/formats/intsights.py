"""IntSights (Rapid7 Threat Command) alerts: JSON and CSV."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.csv import csv_rows, header
from chariot.formats.support.files import each, json_names
from chariot.formats.support.findings import resource_at
from chariot.formats.support.json import Value, json_members
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.scanners import add_risks, beginning, is_json, is_xml, moment, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, items, key_values, line, mapping, severity, text
from chariot.model.keys import Key
from chariot.model.kinds.network import Netblock

_COLUMNS = ("Alert ID", "Title", "Severity", "Report Date (UTC)", "Assets")
_DATES = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M")
_ASSETS = 200
_SEPARATORS = re.compile(r"[,;\s]+")


class IntSights(Skimmed):
    """Each alert is a risk at each asset that it names: a name, an address, a netblock, or what else it calls one.

    | severity | ours |
    | --- | --- |
    | Critical, High, Medium, Low | the same |

    The weakness is each CVE that title or description name, else `intsights:<subtype or title>`. A closed alert
    makes no risk: it becomes an attribute of its assets. Every alert counts as one finding. Source: the alert
    pages of Rapid7's Threat Command documentation.
    """

    name = "intsights"
    title = "IntSights alerts (JSON, CSV)"
    example = "in the browser: Threat Command, Alerts, Export, CSV"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if is_json(head):
            names = json_names(head)
            return (
                95 if "Alerts" in names and names & {"Alerts.Details", "Alerts.Assets", "Alerts._id"} else 0
            )
        return 95 if not is_xml(head) and set(_COLUMNS) <= set(header(head)) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_json(beginning(stream)):
            for member in json_members(stream, ("Alerts",)):
                if member.member == "Alerts":
                    yield from each([member], _alert)
            return
        yield from each((Value(row.place, row.values) for row in csv_rows(stream, known=_COLUMNS)), _row)


def _alert(item: Value) -> Parsed:
    alert = mapping(item.value)
    details, source = mapping(alert.get("Details")), mapping(mapping(alert.get("Details")).get("Source"))
    return _parsed(
        item.place,
        {
            "Alert ID": alert.get("_id"),
            "Title": details.get("Title"),
            "Description": details.get("Description"),
            "Severity": details.get("Severity"),
            "Type": details.get("Type"),
            "Subtype": details.get("SubType"),
            "Report Date (UTC)": alert.get("UpdateDate") or alert.get("FoundDate"),
            "Network Type": source.get("NetworkType"),
            "Source URL": source.get("URL"),
            "Tags": details.get("Tags"),
        },
        [mapping(one).get("Value") for one in items(alert.get("Assets"))[:_ASSETS]],
        is_closed=mapping(alert.get("Closed")).get("IsClosed") is True,
    )


def _row(item: Value) -> Parsed:
    values: dict[str, str] = item.value
    assets = [one for one in _SEPARATORS.split(values.get("Assets", "")) if one][:_ASSETS]
    return _parsed(item.place, values, assets, is_closed=values.get("Status", "").strip().lower() == "closed")


def _parsed(place: str, alert: dict[str, Any], assets: list[Any], *, is_closed: bool) -> Parsed:
    title = line(alert.get("Title"))
    if not title:
        raise ValueError("expected an alert with a title")
    record = Record(place)
    seen_at = moment(alert.get("Report Date (UTC)"), *_DATES)
    facts = {name: value for name, value in alert.items() if name not in ("Title", "Severity", "Assets")}
    known = cves(title, alert.get("Description"))
    for asset in assets or [alert.get("Alert ID")]:
        target = _target(record, asset)
        names = known or [weakness("intsights", _rule(alert, title, text(asset)))]
        if is_closed:
            record.attribute(target, "closed", names[0])
            continue
        add_risks(
            record,
            target,
            names,
            title=title,
            severity=severity(alert.get("Severity")),
            evidence=(key_values("IntSights", facts),),
        )
    return record.parsed(1, seen_at)


def _rule(alert: dict[str, Any], title: str, asset: str) -> str:
    """Return what the alert is about without the asset's own name, which other alerts of its kind do not have."""
    return line(alert.get("Subtype"), 150) or " ".join(title.replace(asset, "").split())


def _target(record: Record, written: Any) -> Key:
    name = line(written, 300)
    if "/" in name:
        try:
            return record.add(Netblock(cidr=name))
        except ValueError:
            return record.add(resource_at("intsights", name))
    if try_address(name) is not None or ("." in name and try_domain(name) is not None):
        return record.host(name)
    return record.add(resource_at("intsights", name or "unnamed"))
