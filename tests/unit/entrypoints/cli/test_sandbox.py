from pathlib import Path

import pytest

from chariot.entrypoints.cli.sandbox import sandbox_fault

USER = 1_000


def kernel(folder: Path, name: str, value: str) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True)
    place.write_text(f"{value}\n")
    return folder


def test_root_has_no_sandbox(tmp_path: Path) -> None:
    assert "ordinary user" in sandbox_fault(0, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("user/max_user_namespaces", "0", "max_user_namespaces"),
        ("kernel/unprivileged_userns_clone", "0", "unprivileged_userns_clone"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
    ],
)
def test_a_kernel_that_closes_namespaces_is_told_by_its_setting(tmp_path: Path, name, value, said) -> None:
    assert said in sandbox_fault(USER, kernel(tmp_path, name, value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user/max_user_namespaces", "15000"),
        ("kernel/unprivileged_userns_clone", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
        ("kernel/something", "0"),
    ],
)
def test_where_nothing_is_closed_nothing_is_said(tmp_path: Path, name, value) -> None:
    assert sandbox_fault(USER, kernel(tmp_path, name, value)) == ""
