from chariot.entrypoints.rest.cache import AnswerCache, Kept
from chariot.model.keys import Organisation

ACME = (Organisation("acme"), b"/api/v1/risks", b"")


class Store:
    """Tells of its commits."""

    def __init__(self, max_age_s=float("inf")):
        self.commits = 1
        self.max_age_s = max_age_s

    def stamp(self):
        return self.commits


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def kept(stamp=1, size=10):
    return Kept(stamp, 0.0, "entities:read", "/api/v1/risks", "/api/v1/risks", b"x" * size, b"", [])


def test_what_is_kept_is_found_until_something_is_committed():
    cache, store = AnswerCache(), Store()
    cache.keep(ACME, kept())

    assert cache.look(ACME, store) is not None
    store.commits += 1
    assert cache.look(ACME, store) is None


def test_what_was_read_before_a_commit_and_kept_after_it_is_not_found():
    cache, store = AnswerCache(), Store()
    before = store.stamp()
    store.commits += 1
    cache.keep(ACME, kept(before))

    assert cache.look(ACME, store) is None


def test_an_engine_that_does_not_tell_of_all_commits_sets_an_age():
    clock = Clock()
    cache, store = AnswerCache(clock=clock), Store(max_age_s=0.5)
    cache.keep(ACME, kept())
    clock.at = 0.4
    assert cache.look(ACME, store) is not None
    clock.at = 0.6

    assert cache.look(ACME, store) is None


def test_an_organisation_finds_its_own_alone():
    cache = AnswerCache()
    cache.keep(ACME, kept())

    assert cache.look((Organisation("globex"), *ACME[1:]), Store()) is None


def test_what_was_unused_for_longest_goes_first():
    cache, store = AnswerCache(size_bytes=5_000), Store()
    names = [(ACME[0], ACME[1], str(number).encode()) for number in range(4)]
    for name in names[:3]:
        cache.keep(name, kept())
    cache.look(names[0], store)
    cache.keep(names[3], kept(size=1_000))

    assert [cache.look(name, store) is not None for name in names] == [True, False, True, True]
    assert cache.used_bytes <= 5_000


def test_an_answer_that_is_kept_again_costs_its_room_once():
    cache = AnswerCache()
    cache.keep(ACME, kept())
    once = cache.used_bytes
    cache.keep(ACME, kept())

    assert cache.used_bytes == once
