"""A command says the same whether its data is here or at a server."""

import io
import json
import re
from urllib.parse import quote

import httpx
import pytest
from tests.support.loopback_server import chariot, loopback_server, write_scan

from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main

PORT = "port#192.0.2.7#tcp#80"
RISK = f"risk#{PORT}#CVE-2021-41773"
SINCE = ("--since", "2026-01-01T00:00:00Z", "--until", "2098-01-01T00:00:00Z")
READS = {
    "list": ["list", "assets"],
    "list of risks as JSON": ["list", "risks", "--json"],
    "a filter, a sort and a limit": [
        "list", "ports", "--filter", "number=80,443 not status=gone", "--sort", "-updated", "--limit", "1"
    ],
    "what is shared": ["list", "vulnerabilities", "--limit", "2", "--json"],
    "the past": ["list", "assets", "--as-of", "2020-01-01"],
    "show": ["show", "www.example.com"],
    "show as JSON": ["show", PORT, "--json"],
    "diff": ["diff", *SINCE],
    "diff as JSON": ["diff", "--kind", "risks", "--json", *SINCE],
    "explain": ["risk", "explain", RISK],
    "explain as JSON": ["risk", "explain", RISK, "--json"],
    "queues": ["queue", "list", "--json"],
    "dead letters": ["queue", "dead"],
    "capabilities": ["capabilities", "--json"],
    "intelligence": ["intel", "status", "--json"],
    "paths": ["paths", "--json"],
    "fix plan": ["fix-plan"],
    "blast": ["blast", "192.0.2.7", "--json"],
    "prune": ["prune", "192.0.2.7"],
    "import formats": ["import", "--list"],
    "export formats": ["export", "--list", "--json"],
    "rules": ["list", "alertrules", "--json"],
    "keys": ["keys", "status"],
    "keys as JSON": ["keys", "status", "--json"],
    "no such master key": ["keys", "retire", "0123456789abcdef"],
    "candidates": ["candidates", "list", "--json"],
    "seeds and contracts": ["scope", "show"],
    "seeds and contracts as JSON": ["scope", "show", "--json"],
    "contracts as they were signed": ["scope", "verify"],
    "no such contract": ["scope", "export", "nobody"],
    "terms that are not whole": ["scope", "sign", "x", "--by", "", "--until", "30d", "--allow", "example.com"],
    "what was sent": ["journal", "list", "--json"],
    "what was sent to a netblock": ["journal", "list", "--for", "127.0.0.0/8", "--limit", "2"],
    "what is no address": ["journal", "list", "--for", "nonsense"],
    "the journal as it was written": ["journal", "verify"],
    "types of integrations": ["integration", "types", "--json"],
    "no such integration": ["integration", "run", "nobody"],
    "an integration that lacks something": ["integration", "add", "j", "--type", "jira"],
    "settings that are none": ["risk", "policy", "risk.sla", "nonsense"],
    "what affects a product": ["intel", "match", "cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*"],
    "what affects a package, as JSON": ["intel", "match", "pkg:pypi/requests@2.19.0", "--json"],
    "what nobody has seen for long": ["expire"],
    "the key of the log": ["audit", "key"],
    "no such framework": ["compliance", "check", "--framework", "nope"],
    "no such candidate": ["candidates", "why", "nowhere.example.org"],
    "why something is in scope": ["scope", "show", "192.0.2.7"],
    "why something is not, as JSON": ["scope", "show", "elsewhere.test", "--json"],
    "what has no place in a scope": ["scope", "show", "#nothing"],
    "nothing has that key": ["show", "nowhere.example.com"],
    "no such risk": ["risk", "explain", "risk#x#y"],
    "no such kind": ["list", "unicorns"],
    "a wrong filter": ["list", "risks", "--filter", "score>>1"],
    "a wrong sort": ["list", "risks", "--sort", "colour"],
    "no such file": ["import", "/nowhere/scan.xml"],
    "no such import": ["import", "undo", "deadbeef00"],
    "no such rule": ["alert", "end", "nobody"],
    "a step that is not allowed": ["risk", "accept", RISK, "--reason", "", "--until", "90d"],
}  # fmt: skip
HERE_ALONE = [
    "serve",
    "work",
    "relay",
    "migrate",
    "doctor",
    "lab",
    "demo nowhere",
    "backup nowhere",
    "restore nowhere",
    "load nowhere",
    "scope trust 5f",
    "incident look",
    "intel load nowhere",
    "intel update",
    "intel pack nowhere",
    "intel verify nowhere",
    "intel trust",
    "fingerprints list",
    "fingerprints try nginx",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remote")
    home = folder / "home"
    chariot(home, "import", str(write_scan(folder)))
    chariot(
        home, "alert", "set", "urgent", "--channel", "https://hooks.example.com/x", "--signing-key", "k" * 20
    )
    # What follows an import is worked on before, so that nothing moves between two commands.
    chariot(home, "scan", "--resume")
    with loopback_server(folder, "--without-workers") as running:
        yield running


@pytest.fixture
def say(server, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CHARIOT_TOKEN", server.token)

    def said(*arguments, remote):
        where = ["--server", server.address] if remote else ["--home", str(server.home)]
        code = main([*where, *arguments], Invocation())
        captured = capsys.readouterr()
        return int(code), captured.out, captured.err

    return said


@pytest.mark.parametrize("command", READS.values(), ids=READS.keys())
def test_a_command_says_the_same_here_and_at_a_server(say, command):
    assert say(*command, remote=True) == say(*command, remote=False)


@pytest.mark.parametrize("command", HERE_ALONE)
def test_what_makes_sense_here_alone_says_so(say, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, err = say(*command.split(), remote=True)

    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert re.fullmatch(r"chariot: `chariot [^`]+` works on this machine's own data.*\n", err)


def test_a_decision_at_a_server_is_seen_here(say):
    code, out, err = say("risk", "open", RISK, "--reason", "real", "--owner", "ann", remote=True)

    assert (code, err) == (0, "")
    assert "is open now" in out
    assert json.loads(say("list", "risks", "--json", "--filter", "owner=ann", remote=False)[1])["items"]


def test_a_contract_signed_at_a_server_counts_here_and_there(say, tmp_path):
    signed = say("scope", "sign", "spring", "--by", "Jane Roe", "--until", "30d", "--allow", "192.0.2.0/24",
                 "--allow", "example.com", remote=True)  # fmt: skip
    documents = [say("scope", "export", "spring", remote=remote) for remote in (True, False)]
    kept, altered = tmp_path / "spring.json", tmp_path / "altered.json"
    kept.write_text(documents[0][1])
    altered.write_text(documents[0][1].replace("192.0.2.0/24", "198.51.100.0/24"))
    verified = [say("scope", "verify", str(file), remote=True)[0] for file in (kept, altered)]
    taken = [
        say("scope", "add", str(file), remote=remote) for file in (kept, altered) for remote in (True, False)
    ]
    withdrawn = say("scope", "withdraw", "spring", "--why", "it is over", remote=True)
    shown = [say("scope", "show", "--json", remote=remote) for remote in (True, False)]

    assert (signed[0], documents[0], verified) == (0, documents[1], [0, 1])
    assert (taken[0], taken[2]) == (taken[1], taken[3])
    assert "is no signature" in taken[2][2] or "not as it was signed" in taken[2][2]
    assert (withdrawn[0], shown[0]) == (0, shown[1])
    assert json.loads(shown[0][1])["contracts"][0]["refusal"] == "it was withdrawn"


@pytest.mark.parametrize(
    "asked", [[], ["--format", "csv", "--kinds", "risks"], ["--filter", "score>=70"]], ids=repr
)
def test_an_export_says_the_same_of_what_it_holds(say, tmp_path, asked):
    file = tmp_path / "surface.out"
    told, files = [], []
    for remote in (True, False):
        told.append(say("export", *asked, "--json", str(file), remote=remote))
        files.append(file.read_bytes().count(b"\n"))
    said = say("export", *asked, str(file), remote=True)

    here, there = (json.loads(one[1]) for one in told)
    assert here.pop("size_bytes") > 0 < there.pop("size_bytes")
    assert (here, files[0]) == (there, files[1])
    assert f"{here['records']:,} records" in said[1] + said[2]


def test_what_was_sent_is_exported_at_a_server_with_its_seal(say, tmp_path):
    file = tmp_path / "sent.jsonl"

    exported = say("journal", "export", "--to", str(file), "--json", remote=True)
    told = [say("journal", "verify", str(file), remote=remote) for remote in (True, False)]
    file.write_text(
        file.read_text().replace('"lines":', '"lines":1', 1).replace('\\"lines\\":', '\\"lines\\":1')
    )

    assert json.loads(exported[1])["key"] == say("audit", "key", remote=False)[1].strip()
    assert (told[0][0], told[0]) == (0, told[1])
    assert say("journal", "verify", str(file), remote=True)[0] == 1


def test_an_integration_set_at_a_server_is_listed_here(say):
    made = say("integration", "add", "drop", "--type", "webhook-in", "--secret", "k" * 30, remote=True)
    listed = [say("integration", "list", "--json", remote=remote) for remote in (True, False)]
    run = [say("integration", "run", "drop", remote=remote) for remote in (True, False)]
    ended = say("integration", "remove", "drop", remote=True)

    assert (made[0], listed[0], run[0], run[0][0]) == (0, listed[1], run[1], 2)
    assert [one["label"] for one in json.loads(listed[0][1])] == ["drop"]
    assert (ended[0], say("integration", "list", "--json", remote=False)[1]) == (0, "[]\n")


def test_settings_at_a_server_are_settings_here(say):
    codes = [
        say("risk", "policy", "risk.sla", '{"decision": {"act": 3}}', remote=True)[0],
        say("candidates", "bounds", "--in", "80", remote=True)[0],
    ]
    settings = [say("list", "settings", "--json", remote=remote)[1] for remote in (True, False)]

    assert (codes, settings[0]) == ([0, 0], settings[1])
    assert '{\\"act\\": 3}' in settings[0]


def test_a_report_of_a_server_is_the_report_of_here(say, tmp_path):
    pages = [tmp_path / "there.html", tmp_path / "here.html"]

    codes = [say("report", "--html", str(page), remote=page == pages[0])[0] for page in pages]

    assert codes == [0, 0]
    assert "192.0.2.7" in pages[0].read_text()


def test_checks_are_judged_at_a_server_as_here(say, tmp_path):
    asked = ("compliance", "check", "--framework", "soc2", "--json")
    here, there = (json.loads(say(*asked, remote=remote)[1]) for remote in (False, True))
    page = tmp_path / "report.html"
    written = say(*asked[:-1], "--html", str(page), "--failing", remote=True)

    # What a verdict rests on may have moved on meanwhile, as the length of the log does.
    assert [(one["id"], one["verdict"]) for one in there["findings"]] == [
        (one["id"], one["verdict"]) for one in here["findings"]
    ]
    assert there["frameworks"] == here["frameworks"]
    assert (written[0], "<html" in page.read_text()) == (1, True)


def test_keys_are_changed_at_a_server_as_here(say):
    before = json.loads(say("keys", "status", "--json", remote=False)[1])["organisations"]

    rotated = say("keys", "rotate", "--json", remote=True)
    resealed = say("keys", "reseal", "--json", remote=True)
    master = json.loads(say("keys", "rotate", "--master", "--json", remote=True)[1])["master"]

    after = json.loads(say("keys", "status", "--json", remote=False)[1])
    assert (json.loads(rotated[1]), resealed[0]) == ({"version": 2}, 0)
    assert len(after["organisations"]) == len(before) + 1
    assert ({one["master"] for one in after["organisations"]}, after["outdated"]) == ({master}, 0)
    assert say("keys", "rewrap", "--json", remote=True)[1] == say("keys", "rewrap", "--json", remote=False)[1]


def test_a_person_is_told_of_and_erased_at_a_server_as_here(say, server):
    httpx.post(
        f"{server.address}/api/v1/entities/{quote('#' + PORT, safe='')}/comments",
        headers={"Authorization": f"Bearer {server.token}"},
        json={"text": "Wilhelmina asked for it"},
    ).raise_for_status()
    here = json.loads(say("privacy", "export", "Wilhelmina", "--everywhere", remote=False)[1])
    there = json.loads(say("privacy", "export", "Wilhelmina", "--everywhere", remote=True)[1])

    code, out, _ = say("privacy", "erase", "Wilhelmina", "--why", "asked", "--yes", "--json", remote=True)
    after = json.loads(say("privacy", "export", "Wilhelmina", remote=False)[1])

    assert {**there, "made_at": ""} == {**here, "made_at": ""}
    assert code == 0
    assert json.loads(out)["rows"] >= 1
    assert after["statements"] == after["actions"] == []


def test_an_unknown_token_is_refused(say, monkeypatch):
    monkeypatch.setenv("CHARIOT_TOKEN", "chariot_nobody-knows-this-one-000000")

    code, out, err = say("list", "assets", remote=True)

    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_server_that_is_away_is_told_in_one_line(say, capsys):
    code = main(["--server", "http://127.0.0.1:9", "list", "assets"], Invocation())

    assert (code, capsys.readouterr().err.count("\n")) == (4, 1)


def test_a_profile_is_kept_for_its_owner_alone(say, server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(server.token + "\n"))
    monkeypatch.delenv("CHARIOT_TOKEN")

    code, out, _ = say("login", "--token-stdin", "--as", "shop", remote=True)
    kept = tmp_path / "config" / "chariot" / "profiles.json"

    assert (code, out) == (0, "shop: local of default; commands work there from now on\n")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert server.token not in say("profile", "list", remote=False)[1]
    assert main(["list", "assets"], Invocation()) == 0
    assert "www.example.com" in capsys.readouterr().out
    assert say("profile", "remove", "shop", remote=False)[0] == 0
    assert server.token not in kept.read_text()


def test_a_scan_is_steered_there_as_here(server, say):
    started = httpx.post(
        f"{server.address}/api/v1/scans", json={}, headers={"authorization": f"Bearer {server.token}"}
    )
    scan = started.json()["data"]["scan"]

    paused = say("scans", "pause", scan, "--json", remote=True)
    here = [say("scans", "show", scan, *form, remote=False) for form in ([], ["--json"])]
    there = [say("scans", "show", scan, *form, remote=True) for form in ([], ["--json"])]
    ended = [say("scans", step, scan, remote=False) for step in ("resume", "cancel", "pause")]

    assert json.loads(paused[1])["state"] == "paused"
    assert there == here
    assert [code for code, _, _ in ended] == [0, 0, 2]
    assert say("scans", "show", "nowhere", remote=True) == say("scans", "show", "nowhere", remote=False)
