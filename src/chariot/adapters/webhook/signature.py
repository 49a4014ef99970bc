"""The signature of a webhook: HMAC-SHA256 over the instant and the body, so that neither can be exchanged."""

import hashlib
import hmac
from typing import Final

SIGNATURE_HEADER: Final = "Chariot-Signature"
TIMESTAMP_HEADER: Final = "Chariot-Timestamp"
DELIVERY_HEADER: Final = "Chariot-Delivery"
SCHEME: Final = "v1"


def sign(key: str, timestamp: int, body: bytes) -> str:
    """Return the value of `Chariot-Signature`; *timestamp* is in seconds since 1970.

    >>> sign("secret", 1, b"{}")[:11]
    'v1=1122767b'
    """
    text = f"{timestamp}.".encode() + body
    return f"{SCHEME}={hmac.new(key.encode(), text, hashlib.sha256).hexdigest()}"


def verify(key: str, timestamp: int, body: bytes, signature: str) -> bool:
    """Tell whether *signature* is ours, in constant time; a receiver also refuses an old *timestamp*."""
    return hmac.compare_digest(sign(key, timestamp, body).encode(), signature.encode())
