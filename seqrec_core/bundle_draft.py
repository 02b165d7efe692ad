"""The files of a bundle that is being written, but for its lock."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.build import Built, asset_folder
from seqrec_core.digests import file_digest, folder_digests
from seqrec_core.errors import DataError
from seqrec_core.measurements import METRICS, finite
from seqrec_core.places import is_remote, local
from seqrec_core.spec.recipe import Recipe
from seqrec_core.vocabulary import read_table
from seqrec_core.whole_files import write_json

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

__all__ = ["ASSETS", "FEATURES", "ITEMS", "WEIGHTS", "relative", "write_files"]

WEIGHTS = "model.safetensors"
ITEMS = "items.parquet"
FEATURES = "features.json"
ASSETS = "assets"


def write_files(
    draft: Path,
    folder: Path,
    model: "torch.nn.Module",
    metrics: Mapping[str, float] | None,
    items: "pa.Table | None",
    parts: Sequence[Built],
    features: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Writes the files of the bundle in `folder` to a draft; their digests by name.

    An item table that is there already stays there.
    """
    from safetensors.torch import save_model

    save_model(model, str(draft / WEIGHTS))
    if metrics is not None:
        write_json(draft / METRICS, finite(metrics))
    if features:
        write_json(draft / FEATURES, features)
    _write_assets(draft, parts)
    if items is None:
        return folder_digests(draft)
    if _holds(folder / ITEMS, items):
        return folder_digests(draft) | {ITEMS: file_digest(folder / ITEMS)}
    import pyarrow.parquet as pq

    pq.write_table(items, draft / ITEMS)
    return folder_digests(draft)


def _holds(path: Path, items: "pa.Table") -> bool:
    """Whether a file has the table already: a run calls for it at each of its best."""
    try:
        return not path.is_symlink() and path.is_file() and read_table(path).equals(items)
    except DataError:
        return False


def _write_assets(bundle: Path, parts: Sequence[Built]) -> None:
    """Has the parts of model, transforms of predict and postprocessors save files."""
    from seqrec_core.contracts import Assets

    places = ("model", "data.transforms.predict", "postprocessors")
    roots = tuple(place + sign for place in places for sign in ".[")
    for part in parts:
        is_served = part.path in places or part.path.startswith(roots)
        if is_served and isinstance(part.product, Assets):
            folder = asset_folder(bundle, part.path)
            folder.mkdir(parents=True)
            part.product.save_assets(folder)


def relative(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with its data folder as seen from the bundle, so that both can move together."""
    if recipe.data is None or is_remote(recipe.data.folder):
        return recipe
    path = os.path.relpath(local(recipe.data.folder).resolve(), folder.resolve())
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))
