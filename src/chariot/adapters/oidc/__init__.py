"""Issuers of OpenID Connect, as a client and a resource server see them."""
