import msgspec

from chariot.model.kinds.identity import Session, User
from chariot.model.kinds.work import Comment
from chariot.modules.privacy.lines import Reader
from chariot.modules.privacy.subject import Subject
from chariot.modules.surface.mending import Line
from chariot.modules.surface.merge import entity_doc
from support.vaults import ACME


def line(entity, actor="somebody", why=""):
    return Line(1, entity.key, entity.kind, actor, why, entity_doc(entity))


def decoded(made, cls):
    return msgspec.json.decode(made.said, type=cls)


async def test_a_user_loses_name_secrets_and_factors_and_keeps_no_link_to_who_it_was(world):
    await world.vault.ready(ACME)
    user = User(
        id="ann",
        label=world.vault.seal(ACME, "Ann Smith"),
        password=world.vault.seal(ACME, "hash"),
        passkeys=("p",),
        home="acme",
    )
    reader = Reader(ACME, Subject(["ann", "Ann Smith"]), world.vault)

    made = reader.erased(line(user, actor="ann", why="as ann asked"), "erased-1")

    after = decoded(made, User)
    assert (made.key, made.actor, made.why) == ("#user#erased-1", "erased-1", "as erased-1 asked")
    assert (after.id, after.password, after.passkeys, after.home) == ("erased-1", "", (), "acme")
    assert world.vault.open(ACME, after.label) == "erased-1"


async def test_a_session_of_theirs_no_longer_says_from_where(world):
    await world.vault.ready(ACME)
    session = Session(id="s1", subject="user:ann", address="192.0.2.7", agent="curl")
    reader = Reader(ACME, Subject(["ann"]), world.vault)

    after = decoded(reader.erased(line(session), "erased-1"), Session)

    assert (after.subject, after.address, after.agent) == ("user:erased-1", "", "")


async def test_what_is_about_others_is_left_to_the_letter(world):
    await world.vault.ready(ACME)
    reader = Reader(ACME, Subject(["ann"]), world.vault)
    other = line(User(id="bob", label="Bob"), actor="bob", why="for anna")

    assert reader.erased(other, "erased-1") == other
    assert reader.places(other) == []


async def test_a_name_in_the_midst_of_what_was_said_is_taken_out(world):
    await world.vault.ready(ACME)
    note = Comment(
        about="#domain#ann.test", id="1", text="ann mends it", author=world.vault.seal(ACME, "bob")
    )
    reader = Reader(ACME, Subject(["ann"]), world.vault)

    assert reader.places(line(note)) == ["text"]
    after = decoded(reader.erased(line(note), "erased-1"), Comment)
    assert (after.text, after.about) == ("erased-1 mends it", "#domain#ann.test")
