"""Names of columns, and batches without one of them."""

from seqrec_tool_conformance.batch_columns import column_names, without_column

BATCH = {"user": 1, "group": {"item": 2, "price": 3}}


def test_columns_of_groups_have_the_name_of_the_group_before_their_own():
    assert column_names(BATCH) == {"user", "group.item", "group.price"}


def test_a_column_and_a_group_and_a_column_of_one_are_left_out():
    assert without_column(BATCH, "user") == {"group": {"item": 2, "price": 3}}
    assert without_column(BATCH, "group") == {"user": 1}
    assert without_column(BATCH, "group.item") == {"user": 1, "group": {"price": 3}}
    assert BATCH["group"] == {"item": 2, "price": 3}


def test_a_column_that_is_not_there_changes_nothing():
    for name in ("colour", "colour.shade", "group.colour", "", "user.colour"):
        assert without_column(BATCH, name) == BATCH, name
