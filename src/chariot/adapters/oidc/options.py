"""What the settings say of one issuer."""

import msgspec

from chariot.modules.identity.claims import ClaimRules

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Those that can be allowed: all prove with a public key. `none` and shared keys never can."""


class IssuerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """One issuer."""

    name: str
    title: str
    url: str
    audiences: tuple[str, ...]
    audience_claim: str = "aud"
    client_id: str = ""
    client_secret: str = ""
    cli_client_id: str = ""
    scopes: str = "openid profile email"
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
    skew_s: float = 60.0
    introspects: bool = False
    rules: ClaimRules = ClaimRules()

    @property
    def is_plain(self) -> bool:
        """True when the issuer speaks without TLS: only one that is meant for trying things out."""
        return self.url.startswith("http://")
