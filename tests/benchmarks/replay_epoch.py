"""One epoch of the reference, validation included: `replay_epoch.py DATA SPEC`."""

import json
import sys
import warnings
from pathlib import Path

import lightning
import torch
from replay.data import FeatureHint, FeatureSource, FeatureType
from replay.data.nn import ParquetModule, TensorFeatureInfo, TensorFeatureSource, TensorSchema
from replay.nn.lightning import LightningModule
from replay.nn.lightning.callback import ComputeMetricsCallback
from replay.nn.lightning.optimizer import OptimizerFactory
from replay.nn.lightning.postprocessor import SeenItemsFilter
from replay.nn.sequential import SasRec
from replay.nn.transform.template import make_default_sasrec_transforms


def main(folder: Path, spec: dict) -> None:
    warnings.simplefilter("ignore")
    lightning.seed_everything(spec["seed"])
    model, batch = spec["model"], spec["data"]["batch_size"]
    length = model["max_sequence_length"]
    (item,) = (each for each in spec["schema"]["features"] if each.get("hint") == "item_id")
    items = item["cardinality"]
    schema = TensorSchema(
        [
            TensorFeatureInfo(
                "item_id",
                FeatureType.CATEGORICAL,
                is_seq=True,
                feature_hint=FeatureHint.ITEM_ID,
                feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "item_id")],
                cardinality=items,
                padding_value=items,
                embedding_dim=model["embedding_dim"],
            )
        ]
    )
    names = ("embedding_dim", "num_heads", "num_blocks", "max_sequence_length", "dropout")
    events = {"query_id": {}, "item_id": {"shape": length, "padding": items}}
    others = {
        "ground_truth": {"shape": 1, "padding": -1},
        "seen_ids": {"shape": length, "padding": -1},
    }
    data = ParquetModule(
        batch_size=batch,
        metadata={
            "train": {"query_id": {}, "item_id": {"shape": length + 1, "padding": items}},
            "validate": {**events, **others},
        },
        transforms=make_default_sasrec_transforms(schema),
        config={"train": {"generator": torch.Generator().manual_seed(spec["seed"])}},
        train_path=str(folder / "train.parquet"),
        validate_path=str(folder / "validate.parquet"),
    )
    metrics = ["map", "ndcg", "recall"]
    callback = ComputeMetricsCallback(metrics, [1, 5, 10, 20], [SeenItemsFilter(items)], items)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=1,
        num_sanity_val_steps=0,
        callbacks=[callback],
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
    )
    built = SasRec.from_params(schema, **{name: model[name] for name in names})
    trainer.fit(LightningModule(built, OptimizerFactory()), data)
    print({name: float(value) for name, value in trainer.callback_metrics.items()})


main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
