"""Puts the parts of a run together: model, data and trainer of one recipe."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import torch

from seqrec_core.build import Runtime, build_part
from seqrec_core.bundle import Bundle
from seqrec_core.contracts import DataModuleProto, PostprocessorProto, Run, TrainerProto
from seqrec_core.errors import DataError, Fault, SpecError
from seqrec_core.faults import PluginFaults
from seqrec_core.places import is_remote, local, shown
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_run.id_maps import UserIds
from seqrec_tool_run.popularity import Popularity
from seqrec_tool_run.user_candidates import CandidateData, UserCandidates
from seqrec_tool_run.vocabulary_checks import check_vocabularies

Candidates = torch.Tensor | UserCandidates


@attrs.define(slots=False)
class Assembly:
    """A model with the data and the trainer of its recipe.

    `filters` are the postprocessors of the recipe; `runtime.trace` is all that was built.
    """

    recipe: Recipe
    model: torch.nn.Module
    data: DataModuleProto
    trainer: TrainerProto
    filters: Sequence[PostprocessorProto]
    runtime: Runtime

    @classmethod
    def of(
        cls, recipe: Recipe, model: torch.nn.Module, runtime: Runtime | None = None
    ) -> "Assembly":
        """Builds data and trainer; SpecError where the recipe leaves them out, or they lack much.

        `runtime` is what the model was built with.
        """
        session = runtime.session if runtime else DEFAULT
        if recipe.data is None:
            raise SpecError([_missing("data", "datamodule", session)])
        if recipe.trainer is None:
            raise SpecError([_missing("trainer", "trainer", session)])
        runtime = runtime or Runtime.of(recipe)
        runtime.model = model
        trainer = build_part(recipe.trainer, runtime, "trainer")
        data = build_part(recipe.data, runtime, "data")
        _check(isinstance(trainer, TrainerProto), "trainer.type", TrainerProto)
        _check(isinstance(data, DataModuleProto), "data.type", DataModuleProto)
        return cls(recipe, model, data, trainer, runtime.postprocessors, runtime)

    @classmethod
    def of_bundle(
        cls, path: Path, data: Path | None, session: Session = DEFAULT, trust: bool = False
    ) -> "tuple[Bundle, Assembly]":
        """A bundle and its parts; `data` stands in for the folder it was trained on.

        `trust` is that of `Bundle.load`. Raises DataError when the folder is not there or numbers
        its items otherwise.
        """
        bundle = Bundle.load(path, session, data_dir=data, trust=trust)
        named = (bundle.lock.get("data") or {}).get("folder", "")
        if data is None and is_remote(named):
            if not trust:
                raise DataError(
                    f"{path} names its data as {shown(named)}: give --data {shown(named)}, or "
                    "another, or let the bundle choose what is fetched, with --trust"
                )
            bundle.data_dir = local(named)
        folder = Path(bundle.recipe.data.folder) if bundle.recipe.data else Path()
        if not folder.exists():
            raise DataError(f"the data folder {folder} is not there; say where it is with --data")
        runtime = bundle.runtime()
        assembly = cls.of(bundle.recipe, bundle.build(runtime), runtime)
        items = assembly.vocabularies.items
        if bundle.item_table is not None and items is not None:
            _check_items(bundle.item_table["item"], items["item"], folder)
        return bundle, assembly

    @cached_property
    def vocabularies(self) -> Vocabularies:
        """What the ids of the data stand for; DataError for tables that cannot say that."""
        with self.faults():
            vocabularies = self.data.vocabularies()
        check_vocabularies(vocabularies, self.recipe.schema.offers().get("cardinality"))
        return vocabularies

    @property
    def query_column(self) -> str:
        """Batch column with the query ids."""
        return self.recipe.schema.tensor_schema().query_id_feature_name or "query_id"

    def item_ids(self, bundle: Bundle) -> pa.Array:
        """Items by their ids in the data: of the data, or of the bundle, or else numbers."""
        for known in (self.vocabularies.items, bundle.item_table):
            if known is not None:
                return known["item"].combine_chunks()
        return pa.array(range(self.recipe.schema.offers()["cardinality"]))

    def user_ids(self) -> UserIds | None:
        """Users by their ids in the data; None where it has none.

        Raises DataError where items have ids of their own and users do not.
        """
        users = self.vocabularies.users
        if users is None and self.vocabularies.items is not None:
            raise DataError(
                "the data names its items and not its users, so nobody could tell which user is "
                "whose; restore users.parquet, or what else the data module reads"
            )
        return None if users is None else UserIds.of(users)

    def faults(self) -> PluginFaults:
        """Around what runs the parts: their exceptions say in one sentence whose they are."""
        return PluginFaults(self.runtime.trace, self.runtime.session.registry)

    def run(self, candidates: Candidates | None = None, **settings: Any) -> Run:
        """A run of the model on the data, which scores all items, or candidates."""
        parts = {"model": self.model, "data": self.data, **settings}
        if isinstance(candidates, UserCandidates):
            parts["data"] = self.data_with(candidates)
        else:
            parts["candidates"] = candidates
        return Run(**parts)

    def data_with(self, candidates: UserCandidates) -> CandidateData:
        """The data with the candidates of each user."""
        return CandidateData(self.data, candidates, self.query_column)

    def evaluate(self, split: str, candidates: Candidates | None = None) -> dict[str, float]:
        """Metrics of the model on a split, over all items or over candidates."""
        with self.faults():
            return self.trainer.evaluate(self.run(candidates), split)

    def baseline(self, split: str, candidates: Candidates | None = None) -> dict[str, float]:
        """Metrics of popularity on a split; empty where the data has no counts."""
        items = self.vocabularies.items
        if items is None or "count" not in items.column_names:
            return {}
        counts = torch.tensor(items["count"].to_numpy())
        with self.faults():
            run = self.run(candidates, model=Popularity(counts), only_metrics=True)
            return self.trainer.evaluate(run, split)


def _missing(part: str, kind: str, session: Session) -> Fault:
    names = ", ".join(session.registry.names(kind)) or "none"
    return Fault(part, f'missing; add {{"type": "…"}}; installed for {kind} are {names}')


def _check(is_whole: bool, path: str, protocol: type) -> None:
    """Raises SpecError for a part that lacks a method of its kind."""
    if not is_whole:
        methods = ", ".join(name for name in vars(protocol) if not name.startswith("_"))
        message = f"what it builds lacks a method of {protocol.__name__}: {methods}; add it"
        raise SpecError([Fault(path, message)])


def _check_items(trained: pa.ChunkedArray, present: pa.ChunkedArray, folder: Path) -> None:
    """Raises DataError unless both vocabularies number the same items alike."""
    if trained.equals(present):
        return
    unknown = sorted(set(present.to_pylist()) - set(trained.to_pylist()), key=str)
    reason = (
        f"holds {len(unknown)} items that the model was not trained on, such as {unknown[0]!r}"
        if unknown
        else "numbers the items otherwise than the data that the model was trained on"
    )
    raise DataError(f"{folder} {reason}; use the data of the training, or train on this")
