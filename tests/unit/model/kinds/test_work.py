import pytest

from chariot.model.base import Entity
from chariot.model.kinds.work import AlertRule, Attribute, Comment, File, Job, Seed, Setting


@pytest.mark.parametrize(
    ("entity", "key", "name"),
    [
        (Seed(value="Perimeter.TEST"), "#seed#perimeter.test", "perimeter.test"),
        (Seed(value="192.0.2.7/32"), "#seed#192.0.2.7", "192.0.2.7"),
        (
            Attribute(owner="#domain#a.test", label="spf", value="v=spf1 #1"),
            "#attribute#domain#a.test#spf#v=spf1 %231",
            "spf = v=spf1 #1",
        ),
        (File(path="imports/a.xml"), "#file#imports/a.xml", "imports/a.xml"),
        (
            Job(capability="tcp-connect", target="#address#192.0.2.7"),
            "#job#tcp-connect#address#192.0.2.7",
            "tcp-connect at #address#192.0.2.7",
        ),
        (AlertRule(label="urgent"), "#alertrule#urgent", "urgent"),
        (Setting(label="rate"), "#setting#rate", "rate"),
    ],
)
def test_keys_and_names_are_readable(entity: Entity, key: str, name: str) -> None:
    assert (entity.key, entity.name) == (key, name)


@pytest.mark.parametrize(
    ("value", "network"),
    [("perimeter.test", False), ("192.0.2.7", True), ("192.0.2.0/28", True), ("2001:db8::/48", True)],
)
def test_a_seed_knows_whether_it_is_a_network(value: str, network: bool) -> None:
    assert Seed(value=value).is_network is network


@pytest.mark.parametrize("value", ["0.0.0.0/0", "::/0", "10.0.0.0/7", "https://a.test/", "word", "a b.test"])
def test_a_seed_is_something_that_somebody_can_own(value: str) -> None:
    with pytest.raises(ValueError, match=r"\Avalue: "):
        Seed(value=value)


def test_a_url_as_a_seed_says_what_to_give_instead() -> None:
    with pytest.raises(ValueError, match=r"not a URL; give 'a\.test:8443'"):
        Seed(value="https://a.test:8443/login?next=/")


def test_what_is_no_text_is_not_taken_for_control_characters() -> None:
    with pytest.raises(ValueError, match="is not UTF-8"):
        Seed(value=b"\xff.test".decode(errors="surrogateescape"))


def test_a_comment_is_about_something_and_is_told_apart_by_its_id():
    comment = Comment(about="#domain#a.test", id="0001-ab", text="Ours.\nReally.", author="ann")

    assert (comment.key, comment.name) == ("#comment#domain#a.test#0001-ab", "comment of ann")
