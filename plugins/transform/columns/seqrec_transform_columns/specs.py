"""Transforms that name, group, copy or drop the columns of a batch."""

from seqrec_core.spec import Needs, TransformSpec, required, spec


@spec
class CopySpec(TransformSpec):
    """Adds detached copies of columns under new names."""

    target = "seqrec_transform_columns.copy:CopyTransform"
    mapping: dict[str, str] = required(help="new name of each column to copy")

    def needs(self, split: str) -> Needs:
        """The columns to copy."""
        return Needs(columns=tuple(self.mapping))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those and the copies."""
        return columns.union(self.mapping.values())


@spec
class GroupSpec(TransformSpec):
    """Moves columns into nested groups."""

    target = "seqrec_transform_columns.group:GroupTransform"
    mapping: dict[str, tuple[str, ...]] = required(help="columns of each group, by its name")

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The columns of groups by the names that they have there, and the rest."""
        pairs = [(group, name) for group, names in self.mapping.items() for name in names]
        grouped = {f"{group}.{name}" for group, name in pairs if name in columns}
        return columns.difference(name for _, name in pairs) | grouped


@spec
class RenameSpec(TransformSpec):
    """Renames columns."""

    target = "seqrec_transform_columns.rename:RenameTransform"
    mapping: dict[str, str] = required(help="new name of each column to rename")

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same number of columns; those that are not there are not renamed."""
        return frozenset(_renamed(column, self.mapping) for column in columns)


@spec
class SelectSpec(TransformSpec):
    """Keeps the named columns and drops the others."""

    target = "seqrec_transform_columns.select:SelectTransform"
    feature_names: tuple[tuple[str, ...], ...] = required(
        help='paths to keep: ["column"] or ["group", "column"]'
    )

    def needs(self, split: str) -> Needs:
        """The columns and groups to keep."""
        return Needs(columns=tuple(map(".".join, self.feature_names)))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The columns to keep, those of groups included."""
        kept = tuple(map(".".join, self.feature_names))
        return frozenset(c for c in columns if c in kept or c.partition(".")[0] in kept)


@spec
class UnsqueezeSpec(TransformSpec):
    """Adds a dimension of size 1 to a column."""

    target = "seqrec_transform_columns.unsqueeze:UnsqueezeTransform"
    column_name: str = required(help="column to change")
    dim: int = required(help="where the new dimension goes; negative counts from the end")

    def needs(self, split: str) -> Needs:
        """The column to change."""
        return Needs(columns=(self.column_name,))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns


def _renamed(column: str, mapping: dict[str, str]) -> str:
    """The new name of a column; one of a group that is renamed goes with it."""
    if column in mapping:
        return mapping[column]
    group, dot, name = column.partition(".")
    return mapping.get(group, group) + dot + name
