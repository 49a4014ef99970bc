"""CVSS scores of vectors, by the specification's reference implementation of the `cvss` library."""

from functools import lru_cache

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from chariot.errors import InvalidError
from chariot.modules.intel.records import Cvss


@lru_cache(maxsize=16_384)
def score_vector(vector: str, source: str = "") -> Cvss:
    """Return the base score of a CVSS 2.0, 3.0, 3.1 or 4.0 *vector*.

    Raises:
        InvalidError: it is no such vector.
    """
    try:
        if vector.startswith("CVSS:4.0/"):
            return Cvss("4.0", vector, float(CVSS4(vector).base_score), source)
        if vector.startswith("CVSS:3.0/"):
            return Cvss("3.0", vector, float(CVSS3(vector).base_score), source)
        if vector.startswith("CVSS:3.1/"):
            return Cvss("3.1", vector, float(CVSS3(vector).base_score), source)
        return Cvss("2.0", vector, float(CVSS2(vector).base_score), source)
    except CVSSError as error:
        raise InvalidError(f"not a CVSS vector: {vector[:120]!r} ({error})") from error
