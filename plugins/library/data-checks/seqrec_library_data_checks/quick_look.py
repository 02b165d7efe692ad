"""The faults of a data folder that footers tell, and a row group where they make one suspicious."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_core.errors import DataError
from seqrec_core.schema import TensorSchema
from seqrec_library_data_checks.catalogue_files import catalogue_faults
from seqrec_library_data_checks.expectation import Expectation, expectations, item_column
from seqrec_library_data_checks.finding import Finding, told_once
from seqrec_library_data_checks.footers import Footer, parquet_files
from seqrec_library_data_checks.row_checks import has_expected_type, row_faults
from seqrec_library_data_checks.type_checks import missing_columns, type_faults


def quick_faults(
    folder: Path, files: Mapping[str, Iterable[str]], schema: TensorSchema
) -> list[str]:
    """What is wrong with the files of each split, and with those of items and users, in words.

    Nothing where the folder is not there. Costs the reading of footers, of small tables, and of a
    row group of a column whose statistics do not fit the schema: what is said is true.
    """
    if not folder.is_dir():
        return []
    columns = expectations(schema)
    faults: list[str] = []
    findings: list[Finding] = []
    for split, names in files.items():
        local = [name for name in names if "://" not in name]
        if split == "train":
            faults += [_no_training(folder, name) for name in local if not (folder / name).exists()]
        for path in (path for name in local for path in parquet_files(folder / name)):
            try:
                footer = Footer(path)
            except DataError as cause:
                faults.append(str(cause))
                continue
            said = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
            findings += missing_columns(said, footer.fields, columns, False)
            findings += footer_findings(footer, columns, item_column(schema), said)
    findings += catalogue_faults(folder, schema)
    return [*dict.fromkeys(faults), *_across_files(findings)]


def _across_files(findings: Iterable[Finding]) -> Iterator[str]:
    """One sentence for each kind of a column, whatever the file: the first, and the others' names.

    Said in full is what is found in the first file.
    """
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in told_once(findings):
        kinds.setdefault((finding.column, finding.remedy), []).append(finding)
    for first, *others in kinds.values():
        also = ", ".join(dict.fromkeys(finding.file for finding in others))
        yield f"{first}{f' (so {also})' if also else ''}"


def footer_findings(
    footer: Footer, columns: Mapping[str, Expectation], item: str | None, file: str
) -> Iterator[Finding]:
    """What the footer of a file tells, and the suspicions that a look at the rows confirms."""
    if not footer.metadata.num_rows:
        said, remedy = "has no rows", "leave the file out or prepare it again"
        yield Finding(file=file, message=said, remedy=remedy)
        return
    faults = list(type_faults(file, footer.fields, columns))
    yield from faults
    fitting = {
        name: it
        for name, it in columns.items()
        if name in footer.fields.names and has_expected_type(footer.fields.field(name).type, it)
    }
    first_rows = footer.first_rows()
    confirmed: set[Finding] = set()
    for name, number in footer.suspicions(fitting, item):
        names = [name] if item not in fitting else [*dict.fromkeys([name, str(item)])]
        try:
            with pq.ParquetFile(footer.path, metadata=footer.metadata) as reader:
                table = reader.read_row_group(number, columns=names)
        except (OSError, pa.ArrowException):
            continue  # who reads the rows will say so
        there = list(row_faults(table, fitting, item, file, first_rows[number]))
        nulls = [fault for fault in there if fault.column == item and fault.is_null]
        for fault in nulls or [fault for fault in there if fault.column == name]:
            if fault not in confirmed:
                confirmed.add(fault)
                yield fault


def _no_training(folder: Path, name: str) -> str:
    there = ", ".join(sorted(path.name for path in folder.glob("*.parquet"))) or "no Parquet file"
    return (
        f"{folder} has no {name} to train on, but {there}; make it with `seqrec data prepare`, or "
        "name the file in data.train"
    )
