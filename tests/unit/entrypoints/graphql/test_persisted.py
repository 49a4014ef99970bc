import pytest

from chariot.entrypoints.graphql.persisted import PersistedQueries, allowed_in, digest_of
from chariot.errors import DeniedError, NotFoundError
from chariot.model.keys import Organisation

OURS = Organisation("ours")


def test_only_what_the_operator_allowed_is_done(tmp_path):
    (tmp_path / "statistics.graphql").write_text("{ statistics { kind } }")
    known = PersistedQueries(allowed_in(tmp_path))

    assert known.resolve(OURS, "", digest_of("{ statistics { kind } }")) == "{ statistics { kind } }"
    assert known.resolve(OURS, "{ statistics { kind } }", "") == "{ statistics { kind } }"
    with pytest.raises(DeniedError):
        known.resolve(OURS, "{ changes { key } }", "")


def test_without_a_folder_everything_is_allowed(tmp_path):
    assert allowed_in(tmp_path / "nowhere") is None


def test_what_was_unused_for_longest_is_forgotten():
    known = PersistedQueries()
    for number in range(1_001):
        known.resolve(OURS, f"{{ a{number} }}", digest_of(f"{{ a{number} }}"))

    with pytest.raises(NotFoundError):
        known.resolve(OURS, "", digest_of("{ a0 }"))
    assert known.resolve(OURS, "", digest_of("{ a1000 }")) == "{ a1000 }"
