"""The commands around scope, contracts, journal and plans, with the real application in a folder of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from chariot.entrypoints.cli.main import main

SIGN = (
    "scope",
    "sign",
    "spring",
    "--by",
    "Jane Roe",
    "--until",
    "30d",
    "--allow",
    "127.9.0.0/24",
    "--touch",
    "light",
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("CHARIOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHARIOT_PORTS", "9")
    monkeypatch.setenv("CHARIOT_RESOLVER", "127.0.0.1:9")

    def command(*words: str, code: int = 0) -> Any:
        assert main(["--json", *words]) == code, capsys.readouterr()
        out = capsys.readouterr().out
        return json.loads(out) if out.startswith(("{\n", "[\n")) else out.splitlines()

    return command


def test_a_plan_tells_targets_packets_and_time(run) -> None:
    plan = run("scan", "--plan", "example.com", "127.9.0.0/29")

    work = {one["capability"]: one for one in plan["work"]}
    assert (work["seed"]["targets"], work["netblock-sweep"]["packets"]) == (2, 8)
    assert plan["packets"] == sum(one["packets"] for one in plan["work"])


def test_a_contract_is_signed_shown_verified_exported_and_withdrawn(run, tmp_path) -> None:
    run(*SIGN)
    shown = run("scope", "show")
    assert [(one["id"], one["fault"], one["refusal"]) for one in shown["contracts"]] == [("spring", "", "")]
    assert run("scope", "show", "127.9.0.1")["authority"].startswith(
        "light: contract spring; active: the contract"
    )
    assert run("scope", "verify") == [{"contract": "spring", "fault": ""}]

    file = tmp_path / "spring.json"
    run("scope", "export", "spring", "--to", str(file))
    file.write_text(file.read_text().replace("127.9.0.0/24", "127.8.0.0/24"))
    (altered,) = run("scope", "verify", str(file), code=1)
    assert "not as it was signed" in altered["fault"]
    run("scope", "add", str(file), code=2)

    run("scope", "withdraw", "spring", "--why", "done")
    assert run("scope", "show")["contracts"][0]["refusal"] == "it was withdrawn"


def test_what_a_contract_allows_is_looked_at(run) -> None:
    run(*SIGN)

    # Its names are sealed where they are stored: who looks has to read it as it was signed.
    assert run("scope", "show")["stopped"] == ""
    outcome = run("scan", "127.9.0.0/30")
    assert "stopped" not in json.dumps(outcome)


def test_terms_that_are_wrong_are_told(run, capsys) -> None:
    assert main([*SIGN[:5], "--until", "yesterday", "--allow", "example.com"]) != 0
    assert main([*SIGN, "--window", "always"]) != 0

    told = capsys.readouterr().err
    assert "--until" in told
    assert "windows: is no time window" in told


def test_everything_is_stopped_until_it_is_released(run) -> None:
    run("stop", "--reason", "the shop is slow")
    assert run("scope", "show")["stopped"].endswith("the shop is slow")

    run("stop", "--release")
    assert run("scope", "show")["stopped"] == ""
