from chariot.model.fields import Merge, field


def test_who_reads_a_schema_is_told_what_cannot_be_stated() -> None:
    marks = field("Sum", merge=Merge.DERIVED).extra_json_schema

    assert marks is not None
    assert marks["readOnly"] is True
