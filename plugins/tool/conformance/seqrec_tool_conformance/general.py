"""Checks of what every component is: a spec, a target that fits it, and an object made of both."""

import inspect
import json
import pickle
import pkgutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
from torch import nn

from seqrec_core.contracts.conformity import missing_members
from seqrec_core.reading.codec import Reader, dump
from seqrec_core.reading.resolve import resolve_data
from seqrec_core.spec import SchemaSpec
from seqrec_core.spec.fields import fields_of
from seqrec_tool_conformance.compare import assert_same, assert_unchanged, leaves, snapshot
from seqrec_tool_conformance.import_cost import import_of
from seqrec_tool_conformance.journey import Journey
from seqrec_tool_conformance.local_components import at_hand
from seqrec_tool_conformance.strategies import any_settings
from seqrec_tool_conformance.suite import Conformance
from seqrec_tool_conformance.told_columns import history_of

__all__ = ["GeneralConformance"]

IMPORT_SECONDS = 0.1
_TWENTY = hypothesis.settings(
    max_examples=20, deadline=None, database=None, derandomize=True, report_multiple_bugs=False
)
_VARIADIC = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


class GeneralConformance(Conformance):
    """Checks that hold for every kind; `contract` is the Protocol of the kind, if it has one."""

    contract: ClassVar[type | None] = None

    def journey(self, folder: Path) -> Journey:
        """The component's way through the commands, which leaves its run in an empty folder."""
        recipe = self.recipe(self.subject.raw)
        schema = dump(SchemaSpec.of(self.subject.schema), self.subject.registry)
        data = {"folder": str(self.subject.folder()), **recipe.get("data", {})}
        history, user = history_of(self.columns)
        return Journey({"schema": schema, **recipe, "data": data}, folder, history, user)

    def test_every_command_runs(self) -> None:
        with tempfile.TemporaryDirectory() as folder, at_hand(self.subject):
            self.journey(Path(folder)).through_every_command()

    def test_it_has_what_its_contract_names(self) -> None:
        if self.contract is not None:
            component = self.subject.build()
            missing = missing_members(component, self.contract)
            assert not missing, (
                f"{type(component).__name__} has no {', '.join(missing)}, which "
                f"{self.contract.__name__} of seqrec_core.contracts names"
            )

    def test_fields_and_constructor_agree(self) -> None:
        cls = self.subject.cls
        parameters = _parameters(pkgutil.resolve_name(cls.target))
        names = {field.name for field in fields_of(cls) if not field.info.for_parts}
        names |= set(cls.runtime)
        accepted = {p.name for p in parameters if p.kind not in _VARIADIC}
        swallows = [str(p) for p in parameters if p.kind in _VARIADIC]
        assert not swallows, f"{cls.target} takes {swallows[0]}, which swallows typos; name each"
        assert names <= accepted, (
            f"{cls.target} does not take {sorted(names - accepted)}, which {cls.__name__} gives "
            "it; add the parameter, drop the field, or mark it for_parts"
        )
        assert accepted <= names, (
            f"{cls.target} takes {sorted(accepted - names)}, which nothing in {cls.__name__} "
            "gives; add a field, or a name in runtime"
        )

    def test_every_field_has_a_help_text(self) -> None:
        for field in fields_of(self.subject.cls):
            text = field.info.help.strip()
            assert text, f"{field.name} has no help; say in one line what it does"
            assert "\n" not in text, f"the help of {field.name} is longer than one line"

    def test_the_spec_says_what_the_component_is(self) -> None:
        cls = self.subject.cls
        assert self.subject.component.docs, (
            f"{cls.__name__} has no docstring; `seqrec plugins show` prints its first line"
        )

    def test_old_versions_migrate(self) -> None:
        cls = self.subject.cls
        missing = set(range(1, cls.version)) - set(cls.migrations)
        assert not missing, (
            f"{cls.__name__} is version {cls.version} but has no migration from {sorted(missing)}; "
            "bundles of that version would not load"
        )

    def test_what_is_dumped_reads_back_as_the_same_spec(self) -> None:
        @_TWENTY
        @hypothesis.given(any_settings(self.subject.cls, self.subject.raw))
        def round_trip(data: dict[str, Any]) -> None:
            spec = self._read(data)
            again = self._read(json.loads(json.dumps(dump(spec, self.subject.registry))))
            assert again == spec, f"{spec} came back as {again}"

        round_trip()

    def _read(self, data: dict[str, Any]) -> Any:
        reader = Reader(self.subject.registry)
        spec = reader.read(data, self.subject.registry.kind(self.kind).base, self.kind)
        assert not reader.faults, f"{data} is allowed by the fields, but: {reader.faults}"
        return spec

    def test_resolving_twice_changes_nothing(self) -> None:
        recipe, known = self.subject.recipe, self.subject.registry
        assert resolve_data(dump(recipe, known), Reader(known)).recipe == recipe

    def test_the_spec_module_is_free_of_torch(self) -> None:
        module = self.subject.cls.__module__
        imported = import_of(module)
        assert imported.torch is None, (
            f"importing {module} imports torch ({imported.torch}); listing plugins would take "
            "seconds: keep what computes in another module, named by target"
        )
        assert imported.fault is None, f"{module} does not import by itself: {imported.fault}"

    def test_the_spec_module_imports_fast(self) -> None:
        module = self.subject.cls.__module__
        seconds = import_of(module).seconds
        assert seconds < IMPORT_SECONDS, (
            f"importing {module} takes {seconds:.2f} s, more than {IMPORT_SECONDS} s; move heavy "
            "imports to the module that computes"
        )

    def test_it_builds_with_its_defaults(self) -> None:
        assert self.subject.build() is not None, f"{self.subject.cls.target} returned None"

    def test_two_builds_of_one_seed_are_equal(self) -> None:
        one, other = self.subject.build(dropout=False), self.subject.build(dropout=False)
        hint = "draw weights from torch's global random state, which build seeds"
        assert_same(_state(one), _state(other), f"two builds of one seed differ: {hint}")
        assert_same(self.run(one), self.run(other), "two builds of one seed compute differently")

    def test_a_pickled_copy_computes_the_same(self) -> None:
        component = self.build()
        try:
            copy = pickle.loads(pickle.dumps(component))
        except Exception as cause:
            raise AssertionError(
                f"it cannot be pickled ({cause}), so no spawned process can have it; keep "
                "lambdas, local classes and open files out of it"
            ) from cause
        assert_same(self.run(copy), self.run(component), "a pickled copy computes differently")

    def test_inputs_stay_as_they_are(self) -> None:
        for component in self._modes():
            inputs = self.inputs()
            before, objects = snapshot(inputs), [leaf for _, leaf in leaves(inputs)]
            self.run(component, inputs)
            assert_unchanged(inputs, before, "an input was changed in place; work on a copy")
            same = all(new is old for (_, new), old in zip(leaves(inputs), objects, strict=True))
            assert same, "an input dict now holds other tensors; return a new dict instead"

    def _modes(self) -> list[Any]:
        component, other = self.build(dropout=True), self.build(dropout=True)
        return [component, other.train()] if isinstance(component, nn.Module) else [component]


def _parameters(target: Any) -> list[inspect.Parameter]:
    """Those of a callable; a class without a constructor has none."""
    if inspect.isclass(target) and target.__init__ in (nn.Module.__init__, object.__init__):
        return []
    return list(inspect.signature(target).parameters.values())


def _state(component: Any) -> dict[str, Any]:
    return dict(component.state_dict()) if isinstance(component, nn.Module) else {}
