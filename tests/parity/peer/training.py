"""Trains the reference's models by its own code: `training.py DATA OUT`, DATA a prepared folder.

Writes a Lightning checkpoint of each model, and the ten best items of every user.
"""

import json
import sys
import warnings
from pathlib import Path

import lightning
import torch
from replay.data.nn import ParquetModule
from replay.nn.lightning import LightningModule
from replay.nn.lightning.callback import TorchTopItemsCallback
from replay.nn.lightning.optimizer import OptimizerFactory
from replay.nn.lightning.postprocessor import SeenItemsFilter
from replay.nn.sequential import SasRec, TwoTower
from replay.nn.sequential.twotower import FeaturesReader
from replay.nn.transform.template import make_default_sasrec_transforms
from schemas import schema

LENGTH, DIM, EPOCHS, TOP = 50, 32, 3, 10


def main(folder, out):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    features, widths = read_schema(folder)
    tensors = schema(features)
    sizes = {"embedding_dim": DIM, "num_heads": 4, "num_blocks": 2, "max_sequence_length": LENGTH}
    reader = FeaturesReader(tensors, item_metadata(features, widths), str(folder / "items.parquet"))
    lightning.seed_everything(0)
    out.mkdir(parents=True, exist_ok=True)
    for name, model in (
        ("sasrec", SasRec.from_params(tensors, **sizes, dropout=0.2)),
        ("two_tower", TwoTower.from_params(tensors, reader, **sizes, dropout=0.2)),
    ):
        top = train(model, features, widths, folder, out / f"{name}.ckpt")
        torch.save(dict(zip(("users", "items", "scores"), top, strict=True)), out / f"{name}.pt")


def train(model, features, widths, folder, checkpoint):
    tensors = schema(features)
    seen = {"seen_ids": {"shape": 1000, "padding": -1}}
    data = ParquetModule(
        batch_size=64,
        metadata={
            "train": metadata(features, widths, LENGTH + 1),
            "predict": {**metadata(features, widths, LENGTH), **seen},
        },
        transforms=make_default_sasrec_transforms(tensors),
        config={"train": {"generator": torch.Generator().manual_seed(0)}},
        train_path=str(folder / "train.parquet"),
        predict_path=str(folder / "predict.parquet"),
    )
    items = tensors.item_id_features.item().cardinality
    top = TorchTopItemsCallback(TOP, [SeenItemsFilter(items)])
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=EPOCHS,
        limit_val_batches=0,
        callbacks=[top],
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
    )
    module = LightningModule(model, OptimizerFactory(learning_rate=0.003))
    trainer.fit(module, data)
    trainer.save_checkpoint(checkpoint)
    trainer.predict(module, data, return_predictions=False)
    return top.get_result()


def read_schema(folder):
    """The features of a prepared folder, as the cases describe theirs, and widths of its lists."""
    features = json.loads((folder / "schema.json").read_text())["features"]
    return [described(each) for each in features], {
        each["name"]: each["tensor_dim"] for each in features if each["type"].endswith("_list")
    }


def described(each):
    is_number = each["type"].startswith("numerical")
    kinds = ("tensor_dim",) if is_number else ("cardinality",)
    return {
        "name": each["name"],
        "feature_type": each["type"],
        "feature_hint": each.get("hint"),
        "is_seq": True,
        "padding_value": each.get("cardinality", 0),
        "embedding_dim": DIM,
        "source": each["source"],
        **{kind: each.get(kind, 1) for kind in kinds},
    }


def metadata(features, widths, length):
    columns = {
        each["name"]: {
            "shape": [length, widths[each["name"]]] if each["name"] in widths else length,
            "padding": each["padding_value"],
        }
        for each in features
    }
    return {"query_id": {}, **columns}


def item_metadata(features, widths):
    return {
        each["name"]: {"shape": widths[each["name"]], "padding": each["padding_value"]}
        if each["name"] in widths
        else {}
        for each in features
    }


main(Path(sys.argv[1]), Path(sys.argv[2]))
