"""Small recipes in which a component under test can stand."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

__all__ = ["placed", "sasrec_recipe", "two_tower_recipe"]

_SIZES = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 6}


def sasrec_recipe() -> dict[str, Any]:
    """SasRec, trained for an epoch of two steps; schema and data folder are left out."""
    return _recipe({"type": "seqrec-model-sasrec:sasrec", **_SIZES})


def two_tower_recipe() -> dict[str, Any]:
    """TwoTower, trained likewise, for parts that SasRec has no place for."""
    return _recipe({"type": "seqrec-model-two-tower:two_tower", **_SIZES})


def _recipe(model: dict[str, Any]) -> dict[str, Any]:
    return {
        "seqrec": 2,
        "seed": 7,
        "model": model,
        "data": {
            "type": "seqrec-datamodule-parquet:parquet",
            "batch_size": 5,
            "max_sequence_length": 6,
        },
        "trainer": {
            "type": "seqrec-trainer-lightning:lightning",
            "max_epochs": 1,
            "accelerator": "cpu",
        },
        "trackers": [],
    }


def placed(recipe: Mapping[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The recipe with a value at a place such as `model.encoder` or `trainer.callbacks[0]`.

    Lists on the way hold nothing else.
    """
    changed = deepcopy(dict(recipe))
    *way, last = place.split(".")
    section = changed
    for name in way:
        section = section.setdefault(name, {})
    name, in_list = re.fullmatch(r"(\w+)(\[0\])?", last).groups()  # type: ignore[union-attr]
    section[name] = [value] if in_list else value
    return changed
