import pytest
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode

from chariot.entrypoints.graphql.scalars import LONG


@pytest.mark.parametrize("value", [0, -1, 2**53])
def test_a_whole_number_is_read_as_it_is_written(value):
    assert LONG.parse_value(value) == value
    assert LONG.parse_literal(IntValueNode(value=str(value))) == value


@pytest.mark.parametrize("value", [1.0, 1.5, True, "1", None, 2**53 + 1])
def test_a_variable_that_is_no_whole_number_is_refused(value):
    with pytest.raises(GraphQLError, match="whole number"):
        LONG.parse_value(value)


@pytest.mark.parametrize(
    "node", [FloatValueNode(value="1e2"), StringValueNode(value="1"), IntValueNode(value="9" * 5_000)]
)
def test_a_literal_that_is_no_whole_number_is_refused(node):
    with pytest.raises(GraphQLError, match="whole number"):
        LONG.parse_literal(node)
