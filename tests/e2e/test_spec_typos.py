"""What people mistype in specs and assignments: each gets its place and its remedy."""

import json

import pytest

from seqrec_core.errors import SpecError
from seqrec_core.session import dump, load_resolved

ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
SPEC = {
    "schema": {"features": [ITEM]},
    "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 2},
    "data": "parquet",
    "trainer": "lightning",
}


def faults(source, *assignments):
    with pytest.raises(SpecError) as caught:
        load_resolved(source, assignments)
    return {fault.path: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(
    "assignment",
    [
        "trainer.optimizer.lr=1e-3",
        "trainer.optimizer.lr=1E-3",
        "trainer.optimizer=sgd",
        "trainer.metrics.ks=[10,100]",
        "trainer.metrics.postprocessors=[]",
        "model.loss.label_smoothing=0.1",
        "model.loss=ce_sampled",
        "model.encoder.num_blocks=3",
        "model.aggregator.embedding_aggregator.embedding_dim=8",
        'trainer.callbacks=["hidden_states"]',
    ],
)
def test_what_people_mean_is_what_they_say(assignment):
    path, _, text = assignment.partition("=")
    value = dump(load_resolved(SPEC, [assignment]).recipe)
    for name in path.split("."):
        value = value[name]
    if isinstance(value, dict):  # a component by its name
        assert value["type"].endswith(f":{text}")
    elif path == "trainer.callbacks":
        assert [each["type"].partition(":")[2] for each in value] == json.loads(text)
    else:
        assert value == json.loads(text)


def test_metrics_changed_in_part_keep_the_filter():
    metrics = load_resolved(SPEC, ["trainer.metrics.ks=[10,100]"]).recipe.trainer.metrics
    assert metrics.ks == (10, 100)
    assert [type(filter).__name__ for filter in metrics.postprocessors] == ["SeenItemsSpec"]


@pytest.mark.parametrize(
    ("assignment", "place", "remedy"),
    [
        ("trainer.optimizer.learning_rate=1", "trainer.optimizer.learning_rate", "allowed are lr,"),
        ("trainer.optimizer.lrr=1", "trainer.optimizer.lrr", "did you mean 'lr'?"),
        ("trainer.optimiser.lr=1", "trainer.optimiser", "did you mean 'optimizer'?"),
        ("trainer.lr=1", "trainer.lr", "allowed are max_epochs, optimizer"),
        ("trainer.optimizer.lr=1e-3x", "trainer.optimizer.lr", "expected a number"),
        ("trainer.optimizer.lr=-1", "trainer.optimizer.lr", "must be"),
        ("trainer.optimizer=Adam", "trainer.optimizer", "did you mean 'adam'?"),
        ("trainer.optimizer=adamw", "trainer.optimizer", "did you mean 'adam'?"),
        ("trainer.optimizer.type=adamw", "trainer.optimizer.type", "did you mean 'adam'?"),
        ("trainer.optimizer=3", "trainer.optimizer", "expected a name, or an object"),
        ("trainer.optimizer=null", "trainer.optimizer", "expected a name, or an object"),
        ("trainer.optimizer.momentum=0.9", "trainer.optimizer.momentum", 'another one needs its "'),
        (
            "trainer.scheduler.warmup_steps=9",
            "trainer.scheduler.type",
            'add "type": "warmup", or --set trainer.scheduler.type=warmup',
        ),
        ("trainer.metrics.k=[10]", "trainer.metrics.k", "did you mean 'ks'?"),
        ("trainer.metrics.ks=10", "trainer.metrics.ks", "expected a list, got 10"),
        ("trainer.metrics.ks=10,100", "trainer.metrics.ks", "expected a list, got '10,100'"),
        ("trainer.metrics=metric", "trainer.metrics", "did you mean 'metrics'?"),
        ("trainer.callbacks=hidden_states", "trainer.callbacks", "expected a list"),
        ('trainer.callbacks=["hiden_states"]', "trainer.callbacks[0]", "mean 'hidden_states'?"),
        ("trainer.callbacks=[{}]", "trainer.callbacks[0].type", "--set trainer.callbacks.0.type="),
        ("model.loss=ce_sampeld", "model.loss", "did you mean 'ce_sampled'?"),
        ("model.loss=seqrec-loss-ce:cee", "model.loss", "did you mean"),
        ("model.loss=seqrec_loss_ce:ce", "model.loss", "it is spelled 'seqrec-loss-ce:ce'"),
        (
            "model.loss.num_negatives=9",
            "model.loss.num_negatives",
            "of seqrec-loss-ce:ce, the def",
        ),
        ("model.loss.label_smoothing=2", "model.loss.label_smoothing", "must be"),
        ("model.encoder=sasrec", "model.encoder", "sasrec_transformer"),
        ("model.encoder.heads=2", "model.encoder.heads", "did you mean 'num_heads'?"),
        ("model.dropuot=0.5", "model.dropuot", "did you mean 'dropout'?"),
        ("model.num_heads=2.0", "model.num_heads", "expected a whole number, got 2.0"),
        ("model=sasrek", "model", "did you mean 'sasrec'?"),
        ("data.batchsize=9", "data.batchsize", "did you mean 'batch_size'?"),
        ("data.transforms=[]", "data.transforms", "expected an object"),
        ("trainer=lightening", "trainer", "did you mean 'lightning'?"),
        ("seed=one", "seed", "expected a whole number, got 'one'"),
    ],
)
def test_a_typo_has_its_place_and_its_remedy(assignment, place, remedy):
    found = faults(SPEC, assignment)
    assert list(found) == [place]
    assert remedy in found[place]


def test_a_canonical_name_over_a_short_one_keeps_the_settings(tmp_path):
    model = SPEC["model"] | {"loss": {"type": "ce", "label_smoothing": 0.3}}
    (tmp_path / "base.json").write_text(json.dumps(SPEC | {"model": model}))
    child = tmp_path / "child.json"

    def loss(said):
        child.write_text(json.dumps({"extends": "base.json", "model": {"loss": said}}))
        return load_resolved(child).recipe.model.loss

    for same in ({"type": "seqrec-loss-ce:ce"}, "seqrec-loss-ce:ce", "ce", {}):
        assert loss(same).label_smoothing == 0.3
    assert loss({"ignore_index": -1}).label_smoothing == 0.3
    assert type(loss("ce_sampled")).__name__ == "CESampledSpec"
