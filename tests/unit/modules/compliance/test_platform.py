"""What is measured of an installation as the product wires it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.bootstrap.complying import make_compliance, setup_of
from chariot.bootstrap.places import now
from chariot.errors import ConfigurationError
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.identity import User
from chariot.model.observations import Edit
from chariot.modules.compliance.platform import FACTS, SETUP_FACTS
from chariot.modules.compliance.service import Finding
from chariot.settings import OrganisationSettings, Retention, Settings

DEFAULT = Organisation("default")


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    async with open_application(Settings(home=str(tmp_path / "home"))) as opened:
        yield opened


async def findings(application: Application) -> dict[str, Finding]:
    return {one.id: one for one in (await make_compliance(application).report(DEFAULT)).findings}


async def test_a_fresh_installation_is_judged_without_a_guess(application):
    found = await findings(application)

    assert {"people.second-factor", "backup.young", "residency.kept"} <= {
        one.id for one in found.values() if one.verdict.value == "cannot-tell"
    }
    assert found["storage.private"].verdict.value == "pass"


async def test_people_and_keys_are_named_where_they_fail(application):
    ann = User(id="ann", home="default", password="hash")
    bob = User(id="bob", home="default", password="hash", totp="key", signed_in_at=now())
    elsewhere = User(id="eve", home="globex", password="hash")
    edits = [Edit(actor="lead", entity=one) for one in (ann, bob, elsewhere)]
    await application.surface.edit(SYSTEM, edits)
    await application.keys.mint(DEFAULT, "all", ["*"], expires_at=None, actor="lead")
    await application.keys.mint(
        DEFAULT, "some", ["entities:read"], expires_at=now() + timedelta(days=1), actor="lead"
    )

    found = await findings(application)

    assert list(found["people.second-factor"].evidence) == ["#user#ann"]
    assert found["keys.end"].verdict.value == found["keys.narrow"].verdict.value == "fail"
    assert len(found["keys.end"].evidence) == 1
    assert found["audit.holds"].verdict.value == "pass"


async def test_packs_of_the_installation_are_judged_too(application):
    folder = application.settings.home_path / "compliance"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        'name = "ours"\n[[check]]\nid = "ours.seed"\ntitle = "t"\nadvice = "a"\n'
        '[check.surface]\nkinds = ["seed"]\nexpect = "some"\n',
        encoding="utf-8",
    )

    assert (await findings(application))["ours.seed"].verdict.value == "fail"


def told(settings: Settings, fact: str) -> object:
    return setup_of(settings, DEFAULT, now)[fact].value


def test_each_property_that_settings_tell_is_there(tmp_path):
    assert set(setup_of(Settings(home=str(tmp_path)), DEFAULT, now)) == set(SETUP_FACTS) <= set(FACTS)


@pytest.mark.parametrize(
    ("change", "fact", "value"),
    [
        ({"store": "postgresql://u@db.example.com/c"}, "storage.encrypted-way", False),
        ({"store": "postgresql://u@db.example.com/c?sslmode=verify-full"}, "storage.encrypted-way", True),
        ({"store": "postgresql://u@127.0.0.1/c"}, "storage.encrypted-way", True),
        ({"api_host": "0.0.0.0"}, "server.encrypted-way", False),
        ({"api_host": "0.0.0.0", "behind_tls": True}, "server.encrypted-way", True),
        ({"bus": "nats://queue.example.com:4222"}, "queues.encrypted-way", False),
        ({"bus": "tls://queue.example.com:4222", "cache": "redis://localhost"}, "queues.encrypted-way", True),
        ({"webhook_networks": ("10.0.0.0/8",)}, "outgoing.private-networks", 1),
        ({"retention": Retention(confidential=90)}, "retention.confidential-days", 90),
        ({"residency": {"default": ("eu",)}, "region": "eu"}, "residency.kept", True),
        ({"residency": {"*": ("eu",)}, "region": "us"}, "residency.kept", False),
        ({"residency": {"globex": ("eu",)}, "region": "us"}, "residency.kept", None),
        ({"backups": "/nowhere/at/all"}, "backup.age-days", None),
    ],
)
def test_settings_are_judged_as_they_stand(tmp_path, change, fact, value):
    assert told(msgspec.structs.replace(Settings(home=str(tmp_path)), **change), fact) == value


def test_the_newest_backup_tells_its_age(tmp_path):
    (tmp_path / "a.backup").write_bytes(b"")

    assert 0 <= told(Settings(home=str(tmp_path), backups=str(tmp_path)), "backup.age-days") < 1


async def test_an_installation_that_would_keep_data_elsewhere_does_not_start(tmp_path):
    settings = Settings(home=str(tmp_path), region="us", residency={"acme": ("eu",)})

    with pytest.raises(ConfigurationError, match=r"residency.acme allows eu, and its data is in us"):
        async with open_application(settings):
            pass
    apart = {"acme": OrganisationSettings(store=f"sqlite:///{tmp_path / 'acme.db'}", region="eu")}
    async with open_application(msgspec.structs.replace(settings, organisations=apart)):
        pass
