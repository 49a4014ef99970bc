"""An account from nothing: made on the machine, signed in from a command line elsewhere, suspended, signed out."""

import io
import json

import httpx
import pytest
from tests.support.loopback_server import chariot, loopback_server

from chariot.entrypoints.cli.exits import Exit
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.signing_in import signed_in_at_server, signed_in_by_password
from chariot.errors import DeniedError

PASSWORD = "tintenfass rollt bergab"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signin")
    chariot(folder / "home", "list", "assets")
    with loopback_server(folder, "--without-workers") as running:
        yield running


@pytest.fixture
def say(server, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def said(*arguments, typed="", here=False):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        where = ["--local", "--home", str(server.home)] if here else []
        code = main([*where, *arguments], Invocation())
        captured = capsys.readouterr()
        return int(code), captured.out, captured.err

    return said


def token_of(server, user):
    return signed_in_by_password(server.address, user, PASSWORD, lambda: "")


def approving(server, user, *, approved=True):
    token = token_of(server, user)

    def show(_address, code):
        answer = httpx.post(
            f"{server.address}/api/v1/device/approval",
            headers={"authorization": f"Bearer {token}"},
            json={"user_code": code, "approved": approved},
        )
        assert answer.status_code == 200

    return show


def test_an_account_made_here_works_from_elsewhere_until_it_is_suspended(server, say):
    assert say("user", "add", "ada", "--role", "admin", "--password-stdin", typed=PASSWORD, here=True)[0] == 0
    token = signed_in_at_server(server.address, approving(server, "ada"), sleep=lambda _: None)
    code, out, _ = say("--server", server.address, "login", "--token-stdin", "--json", typed=token)
    assert (code, json.loads(out)["user"]) == (0, "ada")
    code, out, _ = say("user", "add", "eve", "--label", "Eve", "--json")
    assert "#invitation=eve:" in json.loads(out)["address"]
    assert [one["user"] for one in json.loads(say("user", "list", "--json")[1])] == ["ada", "eve"]
    assert say("user", "suspend", "eve", "--why", "left")[0] == 0
    assert say("user", "remove", "eve")[0] == 0

    assert json.loads(say("logout", "--json")[1])["ended"] is True
    code, _, err = say("--server", server.address, "login", "--token-stdin", typed=token)
    assert code != 0
    assert "not known" in err


def test_a_program_that_is_sent_away_is_told_so(server, say):
    say("user", "add", "bob", "--role", "admin", "--password-stdin", typed=PASSWORD, here=True)

    with pytest.raises(DeniedError, match="sent this program away"):
        signed_in_at_server(server.address, approving(server, "bob", approved=False), sleep=lambda _: None)


def test_a_weak_password_makes_no_way_in(server, say):
    code, _, err = say("user", "add", "carl", "--password-stdin", typed="password123456789", here=True)

    assert code != 0
    assert "tries first" in err
    with pytest.raises(DeniedError):
        signed_in_by_password(server.address, "carl", "password123456789", lambda: "")


def test_without_a_profile_there_is_nothing_to_sign_out_of(say):
    code, _, err = say("logout")

    assert code != 0
    assert "no profile" in err


@pytest.mark.parametrize("command", [("profile", "use"), ("profile", "remove")])
def test_a_profile_that_is_not_there_is_a_name_that_nothing_has(say, command):
    code, _, err = say(*command, "nowhere")

    assert code == Exit.NOT_FOUND
    assert "there is no profile 'nowhere'" in err
