"""The table of names."""

import pytest

from chariot.errors import ConfigurationError
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.records import ProductKey
from chariot.modules.products.products import Products

BUILT_IN = Aliases.built_in()


def test_a_renamed_product_has_all_its_names():
    names = BUILT_IN.names(ProductKey("a", "nginx", "nginx"))

    assert {ProductKey("a", "nginx", "nginx"), ProductKey("a", "f5", "nginx")} <= set(names)
    assert names == BUILT_IN.names(ProductKey("a", "f5", "nginx"))


def test_a_product_that_the_table_lacks_has_its_own_name():
    assert BUILT_IN.names(ProductKey("a", "x", "y")) == (ProductKey("a", "x", "y"),)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("debian_2+deb12u7", "Debian"),
        ("2+deb12u3", "Debian"),
        ("ubuntu_3ubuntu0.13", "Ubuntu"),
        ("3ubuntu0.1", "Ubuntu"),
        ("38.el7_9.4", "Red Hat"),
        ("el8", "Red Hat"),
        ("centos", "Red Hat"),
        ("1.fc38", "Fedora"),
        ("2.amzn2", "Amazon Linux"),
        ("opensuse_15", "SUSE"),
        ("alpine", "Alpine"),
        ("raspbian-10", "Raspbian"),
        ("freebsd-20230719", "FreeBSD"),
    ],
)
def test_a_distributions_build_is_known(text, name):
    assert BUILT_IN.distribution(text).name == name


@pytest.mark.parametrize("text", ["*", "-", "1.24.0", "9.3p1", "model_7", "1.0.2k", "rebel8", "sp1"])
def test_an_upstream_version_is_no_distributions(text):
    assert BUILT_IN.distribution(text) is None


@pytest.mark.parametrize(("version", "edition"), [("2.426.3", "lts"), ("2.442", "-"), ("2", "*")])
def test_a_version_can_tell_the_line_of_a_product(version, edition):
    assert BUILT_IN.sw_edition(ProductKey("a", "cloudbees", "jenkins"), version) == edition


@pytest.mark.parametrize(
    "text",
    [
        "x = ",
        '[[package]]\nproduct = "nginx"\nsource = "nginx"',
        '[[distribution]]\nname = "X"\nmarker = "("\nprobe = "y"',
        "[surprise]",
    ],
)
def test_a_wrong_table_is_refused(text):
    with pytest.raises(ConfigurationError, match="aliases is wrong"):
        Aliases(text, Products(()))
