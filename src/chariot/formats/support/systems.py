"""Operating systems by the names that package scanners give them, and scores from CVSS vectors."""

import re
from functools import lru_cache
from typing import Any

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from chariot.formats.support.values import line
from chariot.model.kinds.weakness import Technology

_PRODUCTS = {
    "alma": "almalinux:almalinux",
    "alpine": "alpinelinux:alpine_linux",
    "centos": "centos:centos",
    "debian": "debian:debian_linux",
    "fedora": "fedoraproject:fedora",
    "opensuse.leap": "opensuse:leap",
    "opensuse-leap": "opensuse:leap",
    "oracle": "oracle:linux",
    "photon": "vmware:photon_os",
    "redhat": "redhat:enterprise_linux",
    "rhel": "redhat:enterprise_linux",
    "ubuntu": "canonical:ubuntu_linux",
}
_VERSION = re.compile(r"\d[\w.]{0,40}", re.ASCII)
_VECTOR_LIMIT = 300


def operating_system(family: Any, version: Any) -> Technology | None:
    """Return a distribution by its CPE name in the official dictionary; None for one that is not certain."""
    product = _PRODUCTS.get(line(family, 40).lower())
    written = line(version, 60)
    if product is None or not _VERSION.fullmatch(written):
        return None
    return Technology(
        cpe=f"cpe:2.3:o:{product}:{written.lower()}:*:*:*:*:*:*:*",
        product=product.partition(":")[2].replace("_", " "),
        version=written,
    )


@lru_cache(maxsize=8_192)
def cvss_score(vector: str) -> float:
    """Return the base score of a CVSS 2, 3 or 4 vector; 0.0 where it is none."""
    if not vector or len(vector) > _VECTOR_LIMIT:
        return 0.0
    try:
        if vector.startswith("CVSS:4"):
            return float(CVSS4(vector).base_score)
        if vector.startswith("CVSS:3"):
            return float(CVSS3(vector).base_score)
        return float(CVSS2(vector.strip("()")).base_score)
    except (CVSSError, ValueError, KeyError, ArithmeticError):
        return 0.0
