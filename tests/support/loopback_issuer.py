"""An issuer on loopback whose keys the tests hold, so that they can make tokens that no honest issuer would."""

import time
from typing import Any

from aiohttp import web
from joserfc import jwk, jwt
from joserfc.jws import JWSRegistry

from chariot.adapters.oidc.issuer import OidcIssuer
from chariot.adapters.oidc.options import IssuerOptions
from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.webhook.guard import Guard
from chariot.modules.identity.claims import ClaimRules


class _Anything(JWSRegistry):
    """Every algorithm, without a warning of the library."""

    def get_alg(self, name):
        return self.algorithms[name]


ALL = _Anything(strict_check_header=False)


def rsa(kid: str, bits: int = 2_048) -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(bits, parameters={"kid": kid, "use": "sig"}, private=True)


class LoopbackIssuer:
    """Serves discovery, keys and introspection."""

    def __init__(self) -> None:
        self.key = rsa("first")
        self.published: list[Any] = [self.key]
        self.asked: list[str] = []
        self.discovery: dict[str, Any] = {}
        self.active: Any = True
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discover)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/introspect", self._introspect)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert self._runner.addresses
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _discover(self, _request: web.Request) -> web.Response:
        self.asked.append("discovery")
        plain = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "introspection_endpoint": f"{self.url}/introspect",
        }
        return web.json_response(plain | self.discovery)

    async def _keys(self, _request: web.Request) -> web.Response:
        self.asked.append("keys")
        keys = [one if isinstance(one, dict) else one.as_dict(private=False) for one in self.published]
        return web.json_response({"keys": keys})

    async def _introspect(self, request: web.Request) -> web.Response:
        self.asked.append("introspection")
        await request.post()
        return web.json_response({"active": self.active})

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        plain = {
            "iss": self.url,
            "aud": "chariot",
            "sub": "ada",
            "preferred_username": "ada",
            "groups": ["chariot-admins"],
            "iat": now,
            "exp": now + 300,
        }
        return {name: value for name, value in (plain | changed).items() if value is not None}

    def token(
        self,
        *,
        key: Any = None,
        algorithm: str = "RS256",
        header: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        signing = key or self.key
        head = {"alg": algorithm, "kid": getattr(signing, "kid", None) or "first"} | (header or {})
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            self.claims(**changed),
            signing,
            registry=ALL,
        )

    def adapter(self, recall: Any, **more: Any) -> OidcIssuer:
        clock = more.pop("clock", time.monotonic)
        options = {
            "name": "corp",
            "title": "",
            "url": self.url,
            "audiences": ("chariot",),
            "rules": ClaimRules(
                organisation="default", roles_claim="groups", roles={"chariot-admins": "admin"}
            ),
        } | more
        outgoing = Outgoing(Guard(["127.0.0.0/8"]), timeout_s=5)
        return OidcIssuer(outgoing, IssuerOptions(**options), recall=recall, clock=clock)
