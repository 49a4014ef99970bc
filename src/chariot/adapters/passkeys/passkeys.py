"""Challenges for passkeys, and what answers them. See `Passkeys`."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from chariot.modules.identity.proof import UnprovenError

_SERVICE: Final = "Chariot"
_ID_LIMIT: Final = 1_400
_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)


class WebAuthnPasskeys:
    """See `Passkeys`. The person is always verified (a finger, a face, a PIN): one passkey is two factors."""

    def __init__(self, public_url: str) -> None:
        """*public_url* is where browsers open the dashboard; passkeys hold for its host alone."""
        parts = urlsplit(public_url)
        self._host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def to_add(self, user: str, label: str, known: Sequence[str]) -> tuple[dict[str, Any], bytes]:
        """See `Passkeys.to_add`."""
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=_SERVICE,
            user_name=user,
            user_id=user.encode()[:64],
            user_display_name=label,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(one)) for one in known],
        )
        return json.loads(webauthn.options_to_json(options)), options.challenge

    def added(self, answer: Mapping[str, Any], challenge: bytes) -> tuple[str, str, int]:
        """See `Passkeys.added`."""
        try:
            found = webauthn.verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _WRONG:
            raise UnprovenError("signature", "that is no passkey for this address") from None
        id_ = _text(found.credential_id)
        if len(id_) > _ID_LIMIT or len(found.credential_public_key) > _ID_LIMIT:
            raise UnprovenError("too-long", "that passkey is too long")
        return id_, _text(found.credential_public_key), found.sign_count

    def to_use(self) -> tuple[dict[str, Any], bytes]:
        """See `Passkeys.to_use`."""
        options = webauthn.generate_authentication_options(
            rp_id=self._host, user_verification=UserVerificationRequirement.REQUIRED
        )
        return json.loads(webauthn.options_to_json(options)), options.challenge

    def used(self, answer: Mapping[str, Any], challenge: bytes, public_key: str, count: int) -> int:
        """See `Passkeys.used`."""
        try:
            found = webauthn.verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=_bytes(public_key),
                credential_current_sign_count=count,
                require_user_verification=True,
            )
        except _WRONG:
            raise UnprovenError("signature") from None
        return found.new_sign_count


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
