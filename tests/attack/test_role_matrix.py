"""Roles, routes and organisations, each with each, made from the routes: who may ask what, from where in the tree.

A route without a permission fails here, so does one that answers somebody whose roles do not allow it.
"""

import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import pytest_asyncio

from chariot.application import Application
from chariot.entrypoints.live.hub import Hub, LiveLimits
from chariot.entrypoints.rest.app import PERMISSIONS, create_app
from chariot.entrypoints.rest.caller import PUBLIC, Proven
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from chariot.entrypoints.rest.operations import Operation
from chariot.entrypoints.rest.wiring import rest_services
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Member, Role
from chariot.modules.access.administration import Asker
from chariot.modules.access.grants import Access, built_in, compiled
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError

pytestmark = pytest.mark.asyncio(loop_scope="module")

TREE = {"provider": "", "customer": "provider", "branch": "customer", "neighbour": "provider"}
ROLES = ("admin", "analyst", "read-only", "scanner")
SCANNER = Role(label="scanner", permissions=("scans:*", "queues:read"))
EVERYWHERE = tuple(map(Organisation, TREE))
AT_OR_BELOW = {"customer", "branch"}
"""Where a role that the customer gave holds."""
OPEN = {"About", "Account", "Health", "Integrations", "Session", "Sign-in"}
"""Nouns of which some routes are public."""
_PERMISSION = re.compile(r"[a-z][a-z-]*:[a-z]+")
_PLACE = re.compile(r"\{\w+\}")


class ByName:
    """Proves everybody to be who their token says: a role, at the customer."""

    async def prove(self, token: str) -> Identity:
        if token not in (*ROLES, "nobody", "slow"):
            raise UnprovenError("unknown")
        return Identity(subject=f"user:{token}", name=token, home=Organisation("customer"), method="password")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an installation in which the customer gave each role to somebody."""
    root = Asker(name="root", organisation=Organisation("operator"), access=None, roams=True)
    for name, parent in TREE.items():
        await application.administration.create(root, Organisation(name), parent=parent)
    customer = msgspec.structs.replace(root, organisation=Organisation("customer"))
    await application.administration.put_role(customer, SCANNER)
    for role in ROLES:
        await application.administration.put_member(customer, Member(id=f"user:{role}", roles=(role,)))
    branch = msgspec.structs.replace(root, organisation=Organisation("branch"))
    slow = Role(label="slow", permissions=("entities:read",), requests_per_s=1)
    await application.administration.put_role(branch, slow)
    await application.administration.put_member(branch, Member(id="user:slow", roles=("slow",)))
    services = rest_services(application)
    assert services.admission is not None
    served = msgspec.structs.replace(
        services, tokens=Proven(ByName(), services.admission.admit), live=Hub(LiveLimits(longest_s=0.05))
    )
    transport = httpx.ASGITransport(app=create_app(served))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as one:
        yield one


def each() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda one: f"{one.method} {one.path}")


def allows(role: str, permission: str) -> bool:
    role_of = {**built_in(), "scanner": SCANNER}
    access = Access(Organisation("customer"), (compiled(role_of[role]),))
    return permission == PUBLIC or access.may(permission)


def path_of(operation: Operation) -> str:
    return _PLACE.sub("%23domain%23nowhere.test", operation.path)


@each()
async def test_every_route_declares_its_permission(operation: Operation) -> None:
    assert operation.permission == PUBLIC or _PERMISSION.fullmatch(operation.permission)
    assert operation.permission == PUBLIC or operation.permission in PERMISSIONS
    # What everybody may is to prove who they are, to see to their own account, and to see how the server is.
    assert operation.permission != PUBLIC or operation.tag in OPEN


@each()
async def test_a_route_answers_whoever_has_its_permission_and_nobody_else(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    wrong = []
    for role in ROLES:
        for organisation in EVERYWHERE:
            allowed = organisation in AT_OR_BELOW and allows(role, operation.permission)
            if allowed and (operation.method != "GET" or operation.permission == PUBLIC):
                # What would change something is asked by those alone who may not.
                continue
            headers = {"authorization": f"Bearer {role}", "chariot-organisation": organisation}
            answer = await client.request(operation.method, path_of(operation), headers=headers)
            if (answer.status_code == 403) is allowed or answer.status_code >= 500:
                wrong.append(f"{role} for {organisation}: {answer.status_code} {answer.text[:200]}")

    assert wrong == []


@each()
async def test_a_route_that_is_not_public_answers_nobody_unknown(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    unknown = await client.request(operation.method, path_of(operation))
    without_role = await client.request(
        operation.method, path_of(operation), headers={"authorization": "Bearer nobody"}
    )

    assert operation.permission == PUBLIC or unknown.status_code == 401
    assert operation.permission == PUBLIC or without_role.status_code == 403


async def test_a_role_holds_back_who_acts_by_it_in_an_organisation_that_is_not_their_own(
    client: httpx.AsyncClient,
) -> None:
    headers = {"authorization": "Bearer slow", "chariot-organisation": "branch"}
    answers = [await client.get("/api/v1/domains", headers=headers) for _ in range(100)]

    assert answers[0].status_code == 200
    assert {one.status_code for one in answers} == {200, 429}


async def test_who_asks_for_an_organisation_that_is_not_theirs_takes_of_their_share(
    client: httpx.AsyncClient,
) -> None:
    headers = {"authorization": "Bearer read-only", "chariot-organisation": "neighbour"}
    answers = [await client.get("/api/v1/domains", headers=headers) for _ in range(2)]

    assert [one.status_code for one in answers] == [403, 403]
    assert all("ratelimit" in one.headers for one in answers)
