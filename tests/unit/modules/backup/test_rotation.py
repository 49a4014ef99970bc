from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from chariot.modules.backup.rotation import file_name, prune

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_names_sort_by_age_whatever_the_zone() -> None:
    later = (NOON + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-9)))

    assert file_name(NOON) < file_name(later)


def test_only_the_newest_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    names = [file_name(NOON + timedelta(minutes=5 * number)) for number in range(5)]
    others = ["notes.txt", "chariot-latest.backup", "backup.key"]
    for name in (*names, *others):
        (tmp_path / name).touch()

    removed = prune(tmp_path, 2)

    assert [path.name for path in removed] == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[3:], *others])


def test_fewer_than_allowed_all_stay(tmp_path: Path) -> None:
    (tmp_path / file_name(NOON)).touch()

    assert prune(tmp_path, 2) == []
