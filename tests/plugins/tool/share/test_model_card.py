import json

import pytest
import yaml
from changed_lock import change_lock
from seqrec_tool_share.model_card import model_card
from untrained_bundle import written

from seqrec_core.bundle import Bundle


@pytest.fixture
def bundle(tmp_path):
    path = written(tmp_path)
    Bundle.load(path).update_metrics(
        {"test/ndcg@10": 0.25, "test/popularity/ndcg@10": 0.125, "epoch": 3.0}
    )
    return path


def front_matter(card):
    start, text, _ = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(text)


def test_the_front_matter_is_yaml_that_a_hub_reads(bundle):
    fields = front_matter(model_card(bundle))
    assert fields["library_name"] == "seqrec"
    assert "sasrec" in fields["tags"]
    [index] = fields["model-index"]
    metrics = index["results"][0]["metrics"]
    assert metrics == [{"type": "ndcg@10", "name": "test/ndcg@10", "value": 0.25}]


def test_metrics_stand_beside_those_of_popularity(bundle):
    assert "| `test/ndcg@10` | 0.2500 | 0.1250 |" in model_card(bundle)


def test_the_card_says_how_to_get_the_model_and_not_where_its_data_is(bundle):
    card = model_card(bundle, "hf://me/shop")
    assert "seqrec pull hf://me/shop run" in card
    assert 'Bundle.load("hf://me/shop")' in card
    folder = Bundle.load(bundle).lock["data"]["folder"]
    assert folder not in card
    [block] = [part for part in card.split("```") if part.startswith("json\n")]
    spec = json.loads(block.removeprefix("json\n"))
    assert spec["model"]["embedding_dim"] == 8
    assert "folder" not in spec["data"]


def test_a_bundle_without_metrics_says_how_to_measure(tmp_path):
    card = model_card(written(tmp_path))
    assert "seqrec evaluate" in card
    assert "model-index" not in front_matter(card)


def test_what_strangers_wrote_is_no_markup(bundle):
    odd = {"name": "a`|<script>\n# b"}
    change_lock(bundle, lambda lock: lock["schema"]["features"][0].update(odd))
    card = model_card(bundle)
    assert "\n# b" not in card
    assert "`a'¦<script>\\n# b`" in card


def test_trackers_stay_the_author_s_own(bundle):
    secret = {"type": "mlflow", "tracking_uri": "http://me:secret@host"}
    change_lock(bundle, lambda lock: lock.update(trackers=[secret]))
    assert "tracking_uri" not in model_card(bundle)
