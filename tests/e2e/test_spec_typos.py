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
        "postprocessors=[]",
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
    for change in ({}, {"type": "metrics"}):
        metrics = json.dumps({**change, "ks": [10, 100]})
        recipe = load_resolved(SPEC, [f"trainer.metrics={metrics}"]).recipe
        assert recipe.trainer.metrics.ks == (10, 100)
        assert [type(part).__name__ for part in recipe.postprocessors] == ["SeenItemsSpec"]


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
        ("trainer.optimizer=adm", "trainer.optimizer", "did you mean 'adam'?"),
        ("trainer.optimizer.type=adm", "trainer.optimizer.type", "did you mean 'adam'?"),
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
        ("optimizer.lr=1e-3", "optimizer", "did you mean 'trainer.optimizer'?"),
        ("metrics.ks=[10]", "metrics", "did you mean 'trainer.metrics'?"),
        ('features=["item_id"]', "features", "did you mean 'schema.features' or 'model.features'?"),
        ("model.feature=[]", "model.feature", "did you mean 'features'?"),
        ("model.features=item_id", "model.features", "expected a list, got 'item_id'"),
        ("model.negative=uniform", "model.negative", "did you mean 'negatives'?"),
        ("model.negatives=100", "model.negatives", "expected a name, or an object such as"),
        ("model.negatives=unifrom", "model.negatives", "did you mean 'uniform'?"),
        (
            "model.negatives.num_negatives=7",
            "model.negatives.num_negatives",
            "of seqrec-sampler-standard:uniform, the default sampler; did you mean 'num_neg",
        ),
        ("model.loss.negatives=7", "model.loss.negatives", "of seqrec-loss-ce:ce, the default los"),
        (
            "trainer.metrics.postprocessors=[]",
            "trainer.metrics.postprocessors",
            "it stands at the top of a spec",
        ),
        ("trainer.postprocessors=[]", "trainer.postprocessors", "it stands at the top of a spec"),
        ("postprocessor=[]", "postprocessor", "did you mean 'postprocessors'?"),
        ("postprocessors=seen_items", "postprocessors", "expected a list, got 'seen_items'"),
        ("postprocessors=null", "postprocessors", "expected a list, got null"),
        ('postprocessors={"0": {}}', "postprocessors", "expected a list, got an object"),
        ("postprocessors.0.colum=x", "postprocessors[0].colum", "seen_items_column"),
        ("postprocessors.0=null", "postprocessors[0]", "expected a name, or an object such as"),
        ('postprocessors=["seen_item"]', "postprocessors[0]", "did you mean 'seen_items'?"),
        ("postprocessors.1.item_count=9", "postprocessors.1.item_count", "there is nothing at '1'"),
        (
            "trainer.tensorboard=false",
            "trainer.tensorboard",
            "it is a tracker, one of 'trackers' at the top of a spec",
        ),
        ("trainer.trackers=[]", "trainer.trackers", "it stands at the top of a spec"),
        ("tracker=csv", "tracker", "did you mean 'trackers'?"),
        ("trackers=csv", "trackers", "expected a list, got 'csv'"),
        ("trackers=null", "trackers", "expected a list, got null"),
        ('trackers=["csvv"]', "trackers[0]", "did you mean 'csv'?"),
        (
            "data.transforms.valid=[]",
            "data.transforms.valid",
            "splits are train, validate, test, predict",
        ),
        ('data.transforms={"Train": []}', "data.transforms.Train", "splits are train, validate"),
        ("trainer.monitor=ndcg@11", "trainer.monitor", "did you mean 'ndcg@1'? measured are train"),
        ("trainer.monitor=recall@100", "trainer.monitor", "have trainer.metrics measure it"),
        ("trainer.monitor=train_loss", "trainer.mode", 'set trainer.mode to "min"'),
        ('seqrec="2"', "seqrec", "expected a whole number, got '2'"),
        ("seqrec=3", "seqrec", "must be at most 2, got 3"),
    ],
)
def test_a_typo_has_its_place_and_its_remedy(assignment, place, remedy):
    found = faults(SPEC, assignment)
    assert list(found) == [place]
    assert remedy in found[place]


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("2", "expected a whole number, got '2'"),
        (2.0, "expected a whole number, got 2.0"),
        (0, "must be at least 2"),
        (3, "is format 3, and the installed core reads up to 2: pip install --upgrade seqrec-core"),
    ],
)
def test_a_format_that_is_none_has_its_remedy(written, remedy):
    assert remedy in faults(SPEC | {"seqrec": written})["seqrec"]


def test_settings_beside_a_name_are_as_strict_as_beside_a_type():
    found = faults(SPEC, 'postprocessors=[{"type": "seen_items", "item_cout": 3}]')
    assert "did you mean 'item_count'?" in found["postprocessors[0].item_cout"]


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
