"""The files of deploy/ as data: what no reviewer should have to look for. No container engine is needed."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from chariot.entrypoints.cli.main import COMMANDS
from chariot.entrypoints.rest.openapi import document
from chariot.entrypoints.rest.services import RestLimits
from chariot.modules.work.worker import _DRAIN_S
from chariot.settings import Settings, load_settings

DEPLOY = Path(__file__).parents[3] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: Mapping[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, one in SERVICES.items() if "chariot" in one["image"])
SHELL = sorted([*DEPLOY.rglob("*.sh")])
ROLES = ("serve", "work", "relay")
HOME = "/var/lib/chariot"
UNHARDENED = {"postgres"}
"""Its image starts as root, makes its folder its own and steps down: a read-only root does not let it."""


def documents() -> list[dict[str, Any]]:
    return [
        document
        for file in sorted(KUBERNETES.glob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
    ]


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in documents() if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def pods() -> list[Any]:
    return [
        pytest.param(one["spec"]["template"]["spec"], id=one["metadata"]["name"])
        for one in documents()
        if one["kind"] in ("Deployment", "Job")
    ]


def images() -> Iterator[str]:
    yield from (one["image"] for one in SERVICES.values())
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        if line.startswith("FROM "):
            yield line.split()[1]
    for param in pods():
        yield from (container["image"] for container in param.values[0]["containers"])


@pytest.mark.parametrize("image", sorted(set(images()) - {"chariot"}))
def test_every_image_has_a_version(image: str) -> None:
    tag = (
        image.rpartition("chariot:")[2].rstrip("}") if "CHARIOT_IMAGE" in image else image.rpartition(":")[2]
    )

    assert re.match(r"\d+\.\d+", tag), image
    assert "latest" not in image


def test_the_version_of_our_image_is_set_in_one_place_of_the_base() -> None:
    (image,) = named_file("kustomization.yaml")["images"]

    assert image["name"] == "chariot"
    assert re.fullmatch(r"\d+\.\d+\.\d+", image["newTag"])


def named_file(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((KUBERNETES / name).read_text())
    return found


def test_the_base_names_every_file_that_is_there() -> None:
    there = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}

    assert set(named_file("kustomization.yaml")["resources"]) == there


def test_no_secret_stands_in_any_file() -> None:
    secret = re.compile(r"(password|passwd|secret|token)\s*[:=]\s*[\"']?[A-Za-z0-9+/]{8,}", re.IGNORECASE)
    found = [
        f"{path.name}: {match[0]}"
        for path in DEPLOY.rglob("*")
        if path.is_file() and "secrets" not in path.relative_to(DEPLOY).parts
        for match in [secret.search(path.read_text())]
        if match and "secretName" not in match[0]
    ]

    assert found == []
    assert not [one for one in documents() if one["kind"] == "Secret"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_of_compose_gets_a_secret_by_its_environment(name: str) -> None:
    environment = SERVICES[name].get("environment", {})

    assert all(
        str(value).startswith("/run/")
        for key, value in environment.items()
        if "PASSWORD" in key or "CONFIG" in key
    )


@pytest.mark.parametrize("name", sorted(set(SERVICES) - UNHARDENED))
def test_every_service_of_compose_is_hardened(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == ("0:0" if name == "volumes" else "10001:10001")


@pytest.mark.parametrize("name", SERVICES)
def test_every_name_that_a_service_uses_is_declared(name: str) -> None:
    service = SERVICES[name]
    secrets = {one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])}
    volumes = {one.partition(":")[0] for one in service.get("volumes", []) if not one.startswith(".")}

    assert secrets <= COMPOSE["secrets"].keys()
    assert volumes <= COMPOSE["volumes"].keys()
    assert set(service.get("networks", [])) <= COMPOSE["networks"].keys()
    assert set(service.get("depends_on", [])) <= SERVICES.keys()


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_commands_that_exist(name: str) -> None:
    command = SERVICES[name].get("command")

    assert command is None or command[0] in COMMANDS


def test_there_are_two_of_each_process() -> None:
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("work", "relay")] == [2, 2]
    assert {"serve-1", "serve-2"} <= SERVICES.keys()


@pytest.mark.parametrize("name", ["postgres", "nats", "redis"])
def test_the_engines_are_reached_from_inside_only(name: str) -> None:
    assert "ports" not in SERVICES[name]
    assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_every_secret_of_compose_is_made_at_the_first_start(tmp_path: Path) -> None:
    script = tmp_path / "first-start.sh"
    script.write_text((DEPLOY / "first-start.sh").read_text())
    subprocess.run(
        ["sh", script], check=True, capture_output=True, env=os.environ | {"CHARIOT_NAME": "asm.test"}
    )
    made = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", script], check=True, capture_output=True)

    assert {Path(one["file"]).name for one in COMPOSE["secrets"].values()} <= made.keys()
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == made
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert all(made.values())
    assert len(made["master.key"]) == 32


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_scripts_are_sound_and_stop_at_the_first_error(path: Path) -> None:
    subprocess.run(["sh", "-n", path], check=True)

    assert "set -eu" in path.read_text()
    assert path.stat().st_mode & stat.S_IXUSR


def test_the_container_has_no_root_and_no_shell_form() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]

    assert "USER 10001:10001" in last_stage
    assert all(
        "[" in line for line in last_stage if line.startswith(("ENTRYPOINT", "CMD")) or " CMD " in line
    )
    assert not any(re.match(r"(ENV|ARG) .*(PASSWORD|TOKEN|SECRET)", line) for line in lines)


def test_the_builder_is_given_what_the_container_copies_and_none_of_what_it_builds() -> None:
    ignored = (DEPLOY.parent / ".dockerignore").read_text().split()
    copied = [
        source
        for line in (DEPLOY / "Containerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from=" not in line
        for source in line.split()[1:-1]
        if not source.startswith("--")
    ]

    assert {f"!{source.partition('/')[0]}" for source in copied} <= set(ignored)
    assert all((DEPLOY.parent / source).exists() for source in copied)
    assert {"deploy/secrets", "ui/node_modules", "src/chariot/entrypoints/dashboard/static"} <= set(ignored)


@pytest.mark.parametrize("pod", pods())
def test_every_pod_runs_without_rights(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 10_000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]
        assert "cpu" in container["resources"]["requests"]


@pytest.mark.parametrize("pod", pods())
def test_every_mount_has_its_volume(pod: dict[str, Any]) -> None:
    volumes = [volume["name"] for volume in pod["volumes"]]
    mounts = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}

    assert mounts == set(volumes)
    assert len(volumes) == len(set(volumes))


@pytest.mark.parametrize("role", ROLES)
def test_every_process_is_watched_spread_and_never_wholly_away(role: str) -> None:
    deployment = named("Deployment", role)
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    labels = deployment["spec"]["template"]["metadata"]["labels"]

    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert container["args"] == [role]
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
    assert pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == labels
    assert pod["terminationGracePeriodSeconds"] > _DRAIN_S + 5
    budget = named("PodDisruptionBudget", role)["spec"]
    assert (budget["minAvailable"], budget["selector"]["matchLabels"]) == (1, labels)


@pytest.mark.parametrize("role", ROLES)
def test_what_all_processes_keep_together_is_one_volume(role: str) -> None:
    pod = named("Deployment", role)["spec"]["template"]["spec"]
    shared = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"] if one["name"] == "shared"}

    assert {f"{HOME}/{folder}" for folder in ("audit", "contracts", "files", "pack-keys")} == shared
    assert named("PersistentVolumeClaim", "shared")["spec"]["accessModes"] == ["ReadWriteMany"]
    assert SERVICES[{"serve": "serve-1"}.get(role, role)]["volumes"] == [f"data:{HOME}"]


def environments() -> Iterator[str]:
    """Yield every variable of ours that a file of deploy/ sets for a process."""
    for service in SERVICES.values():
        yield from service.get("environment", {})
    for param in pods():
        yield from (
            one["name"] for container in param.values[0]["containers"] for one in container.get("env", [])
        )
    yield from re.findall(r"\b(CHARIOT_\w+)=", (DEPLOY / "Containerfile").read_text())


@pytest.mark.parametrize("name", sorted({one for one in environments() if one.startswith("CHARIOT_")}))
def test_every_variable_that_is_set_is_one_that_is_read(name: str) -> None:
    settings = {f"CHARIOT_{field.upper()}" for field in Settings.__struct_fields__}

    assert name in settings | {"CHARIOT_CONFIG", "CHARIOT_ALIVE", "CHARIOT_METRICS"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation that was started for the first time."""
    folder = tmp_path_factory.mktemp("deploy")
    script = folder / "first-start.sh"
    script.write_text((DEPLOY / "first-start.sh").read_text())
    subprocess.run(["sh", script], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["chariot.toml", "chariot-owner.toml", "chariot-backup.toml"])
def test_settings_of_the_first_start_are_settings(started: Path, name: str) -> None:
    found = load_settings(started / "secrets" / name, environ={})

    assert (found.store[:13], found.bus[:7], found.cache[:8]) == ("postgresql://", "nats://", "redis://")


@pytest.mark.parametrize("kind", ["compose", "kubernetes"])
def test_every_queue_is_served(kind: str) -> None:
    commands = (
        [one["command"] for one in SERVICES.values() if (one.get("command") or [""])[0] == "work"]
        if kind == "compose"
        else [param.values[0]["containers"][0]["args"] for param in pods()]
    )

    # Without a choice of queues, a worker serves all that there are.
    assert ["work"] in commands


@pytest.mark.parametrize("question", ["live", "ready"])
def test_the_paths_that_the_probe_asks_are_there(question: str) -> None:
    assert f"/health/{question}" in json.loads(document())["paths"]


def test_workers_grow_with_their_queues() -> None:
    scaler = named("HorizontalPodAutoscaler", "work")["spec"]
    (metric,) = scaler["metrics"]

    assert scaler["scaleTargetRef"]["name"] == "work"
    assert metric["external"]["metric"]["name"] == "chariot_backlog_messages"
    assert scaler["minReplicas"] >= 2


def test_nothing_is_reached_unless_a_policy_says_so() -> None:
    everything = named("NetworkPolicy", "nothing")["spec"]

    assert everything == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (rule,) = named("NetworkPolicy", "work-to-targets")["spec"]["egress"]
    assert "169.254.0.0/16" in rule["to"][0]["ipBlock"]["except"]


def test_the_relay_reaches_the_witness_of_the_audit_log_and_serve_the_issuers() -> None:
    policy = named("NetworkPolicy", "serve-and-relay-to-others")["spec"]
    (selector,) = policy["podSelector"]["matchExpressions"]
    (rule,) = policy["egress"]

    assert set(selector["values"]) == {"serve", "relay"}
    assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
    assert rule["to"] == named("NetworkPolicy", "work-to-targets")["spec"]["egress"][0]["to"]
    assert "outside" in SERVICES["relay"]["networks"]
    assert COMPOSE["networks"]["outside"] in (None, {})


@pytest.mark.parametrize(
    "line",
    [
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_buffering off;",
        "proxy_request_buffering off;",
        f"client_max_body_size {RestLimits().upload_bytes // 1_000_000}m;",
    ],
)
def test_the_edge_lets_through_whatever_the_api_takes(line: str) -> None:
    assert line in (DEPLOY / "edge" / "nginx.conf").read_text()


def test_the_edge_is_believed_whom_it_speaks_for(started: Path) -> None:
    found = load_settings(started / "secrets" / "chariot.toml", environ={})

    assert found.trusted_proxies == ("127.0.0.1",)


def test_the_edge_is_the_same_in_compose_and_kubernetes() -> None:
    assert (DEPLOY / "edge" / "nginx.conf").read_text() == (KUBERNETES / "nginx.conf").read_text()
