"""What is wrong with the types of a file's columns, as its footer tells them."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from seqrec_library_data_checks.expectation import EVALUATION, Expectation
from seqrec_library_data_checks.finding import Finding
from seqrec_library_data_checks.nested_values import depth_and_leaf

_FORMS = ("a number", "a list of numbers", "a list of lists of numbers")


def type_faults(
    file: str, fields: pa.Schema, columns: Mapping[str, Expectation]
) -> Iterator[Finding]:
    """Columns whose types are not those that the schema asks for; missing ones are not said."""
    for name, expectation in columns.items():
        if name in fields.names and (fault := _fault(fields.field(name).type, expectation)):
            message, remedy = fault
            yield Finding(file=file, column=name, message=message, remedy=remedy)


def _fault(type_: pa.DataType, it: Expectation) -> tuple[str, str] | None:
    """What is wrong with a type, and what to do."""
    depth, leaf = depth_and_leaf(type_)
    is_whole = pa.types.is_integer(leaf)
    is_number = is_whole or pa.types.is_floating(leaf) or pa.types.is_boolean(leaf)
    if not is_number:
        return f"is {type_}", f"encode it: the schema asks for {_FORMS[it.depth]} in each row"
    if depth != it.depth:
        form = _FORMS[depth] if depth < len(_FORMS) else "lists three deep"
        return (
            f"is {type_}, {form} in each row",
            f"write {_FORMS[it.depth]}, or correct type, is_seq of the feature in the schema",
        )
    if it.is_id and not is_whole:
        return f"is {type_}, and ids are whole numbers", "write it as int64"
    return None


def missing_columns(
    file: str, fields: pa.Schema, columns: Mapping[str, Expectation], is_measured: bool
) -> Iterator[Finding]:
    """Features of events and, where a split `is_measured`, the truth that a file lacks."""
    for name, it in columns.items():
        is_truth = is_measured and name == "ground_truth"
        if (it.is_needed or is_truth) and name not in fields.names:
            what = "the items to find" if name in EVALUATION else f"the feature {it.feature!r}"
            yield Finding(
                file=file,
                column=name,
                message=f"is missing, {what}",
                remedy="add it to the file" + (", or take it out of the schema" * it.is_needed),
            )
