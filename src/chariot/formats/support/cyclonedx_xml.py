"""CycloneDX XML as the values that its JSON form has, part by part in constant memory."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.formats.support.xml import elements

_LIMIT = 70_000


def documents(stream: IO[bytes]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, part (metadata, components, vulnerabilities) and value, nested components each by itself.

    Raises:
        InvalidError: the XML is broken, or is no bill of materials; the text names the line.
    """
    known = False
    for element in elements(stream, ("{*}component", "{*}vulnerability", "{*}bom")):
        known = known or _name(element) == "bom"
        place = f"line {element.sourceline}"
        parents = [_name(parent) for parent in element.iterancestors()]
        if _name(element) == "vulnerability":
            yield place, "vulnerabilities", _vulnerability(element)
        elif parents[:1] == ["metadata"]:
            yield place, "metadata", _metadata(element)
        elif parents[:1] == ["components"] and "vulnerability" not in parents and "tools" not in parents:
            yield place, "components", _component(element)
    if not known:
        raise InvalidError("is no CycloneDX bill of materials", place="line 1")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Any, *path: str) -> Any:
    for name in path:
        element = next((one for one in element if _name(one) == name), None)
        if element is None:
            return None
    return element


def _text(element: Any, *path: str) -> str:
    found = _child(element, *path)
    return (found.text or "").strip()[:_LIMIT] if found is not None else ""


def _all(element: Any, *path: str) -> list[Any]:
    parent = _child(element, *path[:-1])
    return [one for one in parent if _name(one) == path[-1]] if parent is not None else []


def _metadata(component: Any) -> dict[str, Any]:
    metadata = component.getparent()
    tools = _child(metadata, "tools")
    words = " ".join(part.strip() for part in tools.itertext())[:2_000] if tools is not None else ""
    return {"component": _component(component), "timestamp": _text(metadata, "timestamp"), "tools": words}


def _component(element: Any) -> dict[str, Any]:
    values = {name: _text(element, name) for name in ("group", "name", "version", "purl", "cpe")}
    return {**values, "bom-ref": element.get("bom-ref", "")}


def _vulnerability(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _text(element, name) for name in ("id", "description", "recommendation", "workaround")
    }
    found["source"] = {"url": _text(element, "source", "url")}
    found["references"] = [{"id": _text(one, "id")} for one in _all(element, "references", "reference")]
    found["ratings"] = [_rating(one) for one in _all(element, "ratings", "rating")]
    found["cwes"] = [(one.text or "").strip()[:20] for one in _all(element, "cwes", "cwe")]
    found["affects"] = [_target(one) for one in _all(element, "affects", "target")]
    analysis = _child(element, "analysis")
    if analysis is not None:
        found["analysis"] = {name: _text(analysis, name) for name in ("state", "justification", "detail")}
        found["analysis"]["response"] = [
            (one.text or "").strip()[:60] for one in _all(analysis, "responses", "response")
        ]
    parents = list(element.iterancestors())
    if len(parents) > 1 and _name(parents[1]) == "component":
        # The extension of version 1.0 puts it inside its component, whose name stands before it.
        found["affects"] = []
        found["inside"] = _component(parents[1])
    return found


def _rating(element: Any) -> dict[str, Any]:
    # The extension of version 1.0 writes `<score><base>`, later versions `<score>` alone.
    score = _text(element, "score", "base") or _text(element, "score")
    return {"score": score, **{name: _text(element, name) for name in ("severity", "vector", "method")}}


def _target(element: Any) -> dict[str, Any]:
    return {
        "ref": _text(element, "ref"),
        "versions": [
            {name: _text(one, name) for name in ("version", "range", "status")}
            for one in _all(element, "versions", "version")
        ],
    }
