"""What is wrong in a data folder, by its own schema or that of a spec: a table, or JSON."""

import json
from pathlib import Path

import attrs
from seqrec_library_data_checks.finding import ERROR, Finding
from seqrec_library_data_checks.folder_check import folder_findings

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.session import load_resolved, read
from seqrec_core.spec import SchemaSpec
from seqrec_core.terminal import console, printable, table


def checked(folder: Path, spec: Path | None) -> list[Finding]:
    """Errors, then notices.

    Raises DataError where there is no folder, or no schema to check by; SpecError for one with
    faults.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; name one that `seqrec data prepare` made")
    there = DataFolder(folder)
    if spec is not None:
        recipe = load_resolved(spec).recipe
        return folder_findings(folder, recipe.schema.tensor_schema(), bool(recipe.postprocessors))
    schema = read({"features": there.features()}, SchemaSpec, str(there.schema)).tensor_schema()
    return folder_findings(folder, schema, _is_filtered(there))


def _is_filtered(folder: DataFolder) -> bool:
    """Whether specs for this data start with a filter of seen items."""
    try:
        defaults = json.loads(folder.defaults.read_text(encoding="utf-8"))
        return bool(defaults.get("postprocessors") != [])
    except (OSError, ValueError, AttributeError, RecursionError):  # what is wrong is a finding
        return True


def show(findings: list[Finding], folder: Path) -> None:
    """Prints a row for each finding, or that there is none."""
    rows = table("severity", "file", "column", "place", "what", "remedy")
    for it in findings:
        rows.add_row(it.severity, it.file, it.column, it.place, it.message, it.remedy)
    if findings:
        console().print(rows)
    print(f"{printable(str(folder))}: {counts(findings)}")


def as_json(findings: list[Finding]) -> str:
    """The findings as a list of objects."""
    return json.dumps([attrs.asdict(finding) for finding in findings], indent=2)


def refuse_errors(findings: list[Finding], folder: Path) -> None:
    """Raises DataError where any finding is an error."""
    if any(finding.severity == ERROR for finding in findings):
        raise DataError(
            f"{folder} has {counts(findings)}; mend the errors before you trust a run on it"
        )


def counts(findings: list[Finding]) -> str:
    """How many there are of each severity, in words."""
    errors = sum(finding.severity == ERROR for finding in findings)
    numbers = (("error", errors), ("notice", len(findings) - errors))
    return ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in numbers)
