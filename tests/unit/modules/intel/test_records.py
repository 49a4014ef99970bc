"""Records of intelligence."""

import pytest

from chariot.modules.intel.records import CpeMatch, Node, product_of


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("cpe:2.3:a:f5:nginx:1.0:*:*:*:*:*:*:*", ("a", "f5", "nginx")),
        (r"cpe:2.3:a:joomla:joomla\!:1\(2\):*:*:*:*:*:*:*", ("a", "joomla", r"joomla\!")),
        (r"cpe:2.3:a:x\:y:z:*:*:*:*:*:*:*:*", ("a", r"x\:y", "z")),
    ],
)
def test_a_name_has_its_product(name, key):
    assert product_of(name) == key


def test_a_condition_is_walked_from_the_top():
    leaf = Node("OR", (CpeMatch("cpe:2.3:a:v:p:*:*:*:*:*:*:*:*"),))
    top = Node("AND", children=(leaf, leaf))

    assert list(top.walk()) == [top, leaf, leaf]
