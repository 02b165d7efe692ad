"""Transforms that name, group, copy or drop the columns of a batch."""

from seqrec_core.spec import TransformSpec, required, spec


@spec
class CopySpec(TransformSpec):
    """Adds detached copies of columns under new names."""

    target = "seqrec_transform_columns.copy:CopyTransform"
    mapping: dict[str, str] = required(help="new name of each column to copy")


@spec
class GroupSpec(TransformSpec):
    """Moves columns into nested groups."""

    target = "seqrec_transform_columns.group:GroupTransform"
    mapping: dict[str, tuple[str, ...]] = required(help="columns of each group, by its name")


@spec
class RenameSpec(TransformSpec):
    """Renames columns."""

    target = "seqrec_transform_columns.rename:RenameTransform"
    mapping: dict[str, str] = required(help="new name of each column to rename")


@spec
class SelectSpec(TransformSpec):
    """Keeps the named columns and drops the others."""

    target = "seqrec_transform_columns.select:SelectTransform"
    feature_names: tuple[tuple[str, ...], ...] = required(
        help='paths to keep: ["column"] or ["group", "column"]'
    )


@spec
class UnsqueezeSpec(TransformSpec):
    """Adds a dimension of size 1 to a column."""

    target = "seqrec_transform_columns.unsqueeze:UnsqueezeTransform"
    column_name: str = required(help="column to change")
    dim: int = required(help="where the new dimension goes; negative counts from the end")
