"""What a benchmark writes down."""

from typing import Any


def row(
    name: str,
    value: float,
    unit: str,
    *,
    reference: float | None = None,
    ratio: float | None = None,
    aim: str = "",
    met: bool | None = None,
) -> dict[str, Any]:
    """Return one figure; *reference* is what the same run measured of the plain way to do it."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "reference": reference,
        "ratio": ratio,
        "aim": aim,
        "met": met,
    }
