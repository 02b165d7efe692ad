"""Conformance of readers of item features."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import FeaturesReaderProtocol
from seqrec_core.schema import FeatureSource
from seqrec_tool_conformance.batches import ITEM, V
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey_recipes import placed, two_tower_recipe

__all__ = ["ReaderConformance"]


class ReaderConformance(GeneralConformance):
    """Checks of the features of all items, read from the conformance data folder."""

    kind = "reader"
    contract = FeaturesReaderProtocol

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Within TwoTower."""
        return placed(two_tower_recipe(), "model.reader", raw)

    def inputs(self) -> dict[str, Any]:
        """Nothing: what it reads it was told when it was built."""
        return {}

    def call(self, reader: Any, inputs: dict[str, Any]) -> Any:
        """Every feature."""
        return {name: reader[name] for name in reader.feature_names}

    def test_it_has_the_item_id_and_every_item_feature(self) -> None:
        names = {ITEM} | {
            feature.name
            for feature in self.subject.schema.all_features
            if any(s.source is FeatureSource.ITEM_FEATURES for s in feature.feature_sources or ())
        }
        missing = names - set(self.build().feature_names)
        assert not missing, f"it lacks {sorted(missing)} of the schema's item features"

    def test_there_is_one_row_an_item(self) -> None:
        for name, feature in self.run(self.build()).items():
            assert isinstance(feature, Tensor), f"{name} is {type(feature).__name__}, no tensor"
            assert len(feature) == V, f"{name} has {len(feature)} rows; there are {V} items"

    def test_row_i_is_item_i(self) -> None:
        ids = self.build()[ITEM]
        assert torch.equal(ids, torch.arange(V)), "rows do not stand in the order of item ids"

    def test_ids_are_whole_and_numbers_are_floats(self) -> None:
        for name, feature in self.run(self.build()).items():
            dtype = torch.int64 if self.subject.schema[name].is_cat else torch.float32
            assert feature.dtype == dtype, f"{name} is {feature.dtype}, not {dtype}"

    def test_an_unknown_feature_is_a_key_error(self) -> None:
        try:
            self.build()["no such feature"]
        except KeyError:
            return
        raise AssertionError("a feature that it does not have must raise KeyError")
