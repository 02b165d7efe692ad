"""What the parts of a recipe ask of the data, compared with what the data has: nothing runs."""

import difflib
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Any, TypeVar

from seqrec_core.data_folder import SPLITS
from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.faults import failure, origin
from seqrec_core.reading.codec import join, specs_below
from seqrec_core.registry.registry import Registry
from seqrec_core.schema import FeatureHint
from seqrec_core.spec.fields import fields_of
from seqrec_core.spec.needs import Needs, Offers
from seqrec_core.spec.recipe import Recipe
from seqrec_core.spec.record import Spec

__all__ = ["check_agreement", "disagreements"]

T = TypeVar("T")
Columns = frozenset[str]
_TRANSFORMS = "data.transforms."


def check_agreement(recipe: Recipe, registry: Registry) -> None:
    """Raises SpecError with every need of a resolved recipe that its data cannot meet."""
    if faults := disagreements(recipe, registry):
        raise SpecError(faults)


def disagreements(recipe: Recipe, registry: Registry) -> list[Fault]:
    """Every need of the parts of a resolved recipe that its data cannot meet, as far as is known.

    Columns are followed through the transforms of each split; where one does not say what it
    makes, nothing is said of what comes after it.
    """
    comparison = _Comparison(recipe, registry)
    comparison.compare()
    faults: dict[tuple[str, str], Fault] = {}
    for fault in comparison.faults:  # the same of two splits is said once
        faults.setdefault((fault.path, fault.message.partition("; ")[0]), fault)
    return [*faults.values()]


class _Comparison:
    """Collects faults; what a part raises when it is asked is one too."""

    def __init__(self, recipe: Recipe, registry: Registry):
        self.recipe, self.registry = recipe, registry
        self.schema = recipe.schema.tensor_schema()
        self.faults: list[Fault] = []
        self.parts = dict(specs_below(recipe))
        self.drawing = dict(specs_below(recipe.model.sampler(), "model.negatives"))
        self.wrong: Sequence[str] = ()  # what the data module says of its data
        self.unknown: set[str] = set()  # features that the schema lacks, by what was said of them

    def compare(self) -> None:
        """Compares ids, then names, then the columns of each split that is there."""
        data = self.recipe.data
        self.wrong = (data and self._asked("data", data.data_faults, self.schema)) or ()
        offers = (data and self._asked("data", data.offers, self.schema)) or Offers()
        for index, feature in enumerate(self.recipe.schema.features):
            ids = (offers.cardinalities or {}).get(feature.name)
            if None not in (ids, feature.cardinality) and ids != feature.cardinality:
                said = f"is {feature.cardinality}, and the data has {ids} ids; set it to {ids}, or "
                said += "begin anew from the schema of the data, with `seqrec init`"
                self.faults.append(Fault(f"schema.features[{index}].cardinality", said))
                self.wrong = [said for said in self.wrong if repr(feature.name) not in said]
        self.faults += [Fault("data.folder", message) for message in self.wrong]
        for path, part in self.parts.items():
            for split in SPLITS if offers.columns is None else offers.columns:
                if not path.startswith(_TRANSFORMS) or path.startswith(f"{_TRANSFORMS}{split}["):
                    self._compare_names(path, part, split, offers)
        for split, raw in (offers.columns or {}).items():
            self._compare_columns(split, raw)

    def _compare_names(self, path: str, part: Spec, split: str, offers: Offers) -> None:
        """Features that the schema lacks; files, and columns of them, that the folder lacks."""
        needs, files = self._needs(path, part, split), offers.files
        for name in needs.features:
            if name not in (*self.schema, *self.unknown, "*"):
                self.unknown.add(name)
                near = _near(name, self.schema.names, "the schema")
                self._fault(path, f"needs the feature {name!r}; {near}", name)
        for place in needs.files if files is not None else ():
            file, _, name = place.rpartition(":")
            names: Collection[str] | None = self._asked(path, (files or {}).get, file)
            if names is None:
                names, file, name = [*(files or ())], "the data folder", file or place
            if "://" not in place and name not in ("", *names):
                self._fault(path, f"reads {place!r}; {_near(name, names, file)}", place, name)

    def _compare_columns(self, split: str, raw: Columns) -> None:
        """The needs of the transforms of a split, and of whatever gets their batches."""
        gone: dict[str, str] = {}  # what took a column away
        said = " ".join(self.wrong)
        lacking = {name for name in self.schema if name not in raw and repr(name) in said}
        raw |= lacking | {f"{name}_mask" for name in lacking}  # one fault does not make others
        if (columns := self._through(split, raw, gone)) is None:
            return
        pipeline, drawing = _TRANSFORMS + split, {id(part) for part in self.drawing.values()}
        for path, part in self.parts.items():
            if path.startswith(_TRANSFORMS) or id(part) in drawing:
                continue
            absent = self._absent(path, part, split, columns)
            near = _near(absent[0], columns, "a batch") if absent else ""
            rest = [name for name in absent if path.startswith(("model", "data")) or name in gone]
            for name in [name for name in absent if name not in rest]:
                said = f"needs the column {name!r}: add it to the data, or name another; "
                said += f"in {split} {near}"
                self._fault(path, said, name)
            if rest:
                leaves = [name.rpartition(".")[2] for name in rest]
                lacks = [name for name in leaves if name in self.schema and name not in raw]
                hints = [f"{gone[name]} takes {name!r} away; " for name in rest if name in gone]
                said = f"needs {', '.join(map(repr, rest))}, which these do not give; "
                if lacks:
                    said += f"the data has no {', '.join(map(repr, lacks))} in {split}: take such "
                    said += f"features out of the schema, or prepare data that has them; {near}"
                else:
                    said += f"{''.join(hints)}add a transform that does, or leave {pipeline} out "
                    said += f"for the model's own; {near}"
                self.faults.append(Fault(pipeline, f"{self._whose(path)} {said}"))

    def _through(self, split: str, columns: Columns, gone: dict[str, str]) -> Columns | None:
        """The columns after the transforms of a split, None where that is not known."""
        transforms = self.recipe.data.transforms if self.recipe.data else None
        steps = [*enumerate((transforms or {}).get(split, ()))]
        for number, step in steps:
            path = f"{_TRANSFORMS}{split}[{number}]"
            if "negatives" in step.runtime and not self.drawing:
                said = "draws by the model's sampler, and there is none: set model.negatives, such "
                self._fault(path, said + 'as to "uniform", or remove this transform')
            for name in self._absent(path, step, split, columns):
                where = f"{gone[name]} takes it away: put this one before" if name in gone else ""
                for behind, later in () if where else steps[number + 1 :]:
                    other = f"{_TRANSFORMS}{split}[{behind}]"
                    there = columns.union(self._needs(other, later, split).columns) - {name}
                    if name in (self._asked(other, later.columns_after, there) or ()):
                        where = f"{other} makes it: put this one behind"
                where = where or _near(name, columns, "a batch")
                self._fault(path, f"needs the column {name!r}; {where}")
                columns |= {name}  # so that one fault does not make others
            after = self._asked(path, step.columns_after, columns)
            if after is None:
                return None
            gone |= dict.fromkeys(columns - after, path)
            columns = after
        return columns

    def _absent(self, path: str, part: Spec, split: str, columns: Columns) -> list[str]:
        """The columns that a part needs and that are not there; `*` is each feature of events.

        A sampler, and what stands below it, gets the batches of the transform that draws by it.
        """
        needs = self._needs(path, part, split).columns
        if "negatives" in part.runtime and self.drawing:  # it looks into groups, too
            columns |= {name.rpartition(".")[2] for name in columns}
            drawing = (self._needs(at, each, split).columns for at, each in self.drawing.items())
            needs = (*dict.fromkeys(chain(needs, *drawing)),)
        left_out = (FeatureHint.QUERY_ID, FeatureHint.TIMESTAMP)
        events = self.schema.sequential_features.all_features
        features = [f.name for f in events if f.feature_hint not in left_out]
        names = [
            name.removesuffix("*") + feature
            for name in needs
            for feature in (features if name.endswith(".*") else [""])
        ]
        there = {*columns, *(name.partition(".")[0] for name in columns)}
        return [n for n in names if n not in there and n.partition(".")[2] not in self.unknown]

    def _needs(self, path: str, part: Spec, split: str) -> Needs:
        return self._asked(path, part.needs, split) or Needs()

    def _asked(self, path: str, method: Callable[..., T], *arguments: Any) -> T | None:
        """What a method of a part answers; None, and a fault, where it raises."""
        try:
            return method(*arguments)
        except Warning:
            raise
        except SeqrecError as cause:
            if str(cause) not in self.wrong:
                self.faults.append(Fault(path, str(cause)))
        except Exception as cause:
            said = failure(f"{method.__name__} of {self._whose(path)}", cause)
            self.faults.append(Fault(path, said, cause))
        return None

    def _whose(self, path: str) -> str:
        return origin(type(self.parts[path]), self.registry)

    def _fault(self, path: str, said: str, *values: str) -> None:
        """A fault of a part, at the field that holds one of the values, if any does."""
        place = path
        for field in fields_of(type(self.parts[path])):
            content = getattr(self.parts[path], field.name)
            if any(
                value in (content if isinstance(content, tuple) else [content]) for value in values
            ):
                place = join(path, field.name)
        self.faults.append(Fault(place, f"{self._whose(path)} {said}"))


def _near(name: str, names: Collection[str], where: str) -> str:
    """The nearest of some names, and all of them."""
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}{where} has {', '.join(sorted(names)) or 'none'}"
