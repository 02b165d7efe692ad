"""Models whose item table two processes share out start, learn and score as with whole tables."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

FAKES = Path(__file__).parents[3] / "fakes"
SAMPLED = {
    "ce_sampled",
    "bce_sampled",
    "gbce",
    "log_in_ce_sampled",
    "grouped_ce_sampled",
    "grouped_log_in_ce_sampled",
}
WHOLE = {"ce", "bce", "log_in_ce", "sce"}
TOWERS = {name for name in SAMPLED if name.endswith("_sampled")}
SCRIPT = """
    import json, sys, warnings
    from pathlib import Path

    sys.path.insert(0, sys.argv[1])
    import torch
    from seqrec_embedder_sequence.sequence import SequenceEmbedding
    from seqrec_library_kernels.torch_internals import leave_out_of_replicas
    from seqrec_library_sharding.sharded_rows import WholeTableError
    from seqrec_library_sharding.sharded_table import ShardedTable, answer_others, share_out
    from seqrec_library_sharding.whole_tables import whole_tables
    from seqrec_loss_bce.bce import BCE, BCESampled
    from seqrec_loss_ce.ce import CE, CESampled
    from seqrec_loss_gbce.gbce import GBCE
    from seqrec_loss_grouped.grouped import GroupedCESampled, GroupedLogInCESampled
    from seqrec_loss_login.login import LogInCE, LogInCESampled
    from seqrec_loss_sce.sce import SCE
    from small_sasrec import sasrec, schema
    from small_two_tower import GENRES, V, two_tower
    from torch import distributed
    from torch.multiprocessing import start_processes
    from torch.nn.parallel import DistributedDataParallel

    warnings.simplefilter("ignore")
    folder = Path(sys.argv[2])
    genres = torch.tensor([each if len(each) == 2 else [4, *each] for each in GENRES])
    prices = torch.arange(V).double() / 4
    reader = {"item_id": torch.arange(V), "price": prices, "genres": genres}

    def losses(items):
        return {
            "ce_sampled": CESampled(),
            "bce_sampled": BCESampled(),
            "gbce": GBCE(items),
            "log_in_ce_sampled": LogInCESampled(),
            "grouped_ce_sampled": GroupedCESampled(4),
            "grouped_log_in_ce_sampled": GroupedLogInCESampled(4),
            "ce": CE(),
            "bce": BCE(),
            "log_in_ce": LogInCE(items),
            "sce": SCE(2, 4, 4),
        }

    def sharded(model):
        embedder = model.body.embedder.feature_embedders["item_id"]
        embedder.emb = ShardedTable.from_pretrained(
            embedder.emb.weight.detach(), freeze=False, padding_idx=embedder.emb.padding_idx
        )
        return model

    def batch(seed, items, length, is_empty):
        draw = torch.Generator().manual_seed(seed)
        ids = torch.randint(0, items, (4, length), generator=draw)
        mask = (torch.arange(length) >= torch.tensor([[0], [2], [4], [1]])) & (not is_empty)
        features = {
            "item_id": ids.masked_fill(~mask, items),
            "price": prices[ids % V] * mask,
            "genres": genres[ids % V].masked_fill(~mask[..., None], 4),
        }
        return features, mask, {
            "positive_labels": torch.randint(0, items, (4, length, 1), generator=draw),
            "target_padding_mask": mask.unsqueeze(-1),
            "negative_labels": torch.randint(0, items, (3,), generator=draw),
        }

    def whole(model):
        with whole_tables(model):
            return {name: value.clone() for name, value in model.state_dict().items()}

    def trained(rank, model, items, length, loss, steps=3, empty=()):
        model.loss = loss
        tables = share_out(model, torch.device("cpu"))
        leave_out_of_replicas(model, [f"{name}.weight" for name in tables])
        replica = DistributedDataParallel(model)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        torch.manual_seed(1)  # sce draws
        for step in range(steps):
            features, mask, labels = batch(2 * step + rank, items, length, rank in empty)
            optimizer.zero_grad()
            replica(features, mask, **labels)["loss"].backward()
            optimizer.step()
        return model

    def gap(rank, left, right):
        left, right = whole(left), whole(right)
        return 0.0 if rank else max(float((left[name] - right[name]).abs().max()) for name in left)

    def starts(rank, init):
        torch.manual_seed(5)
        expected = SequenceEmbedding(schema(embedding_dim=8), init=init).state_dict()
        torch.manual_seed(5 + rank)
        model = SequenceEmbedding(schema(embedding_dim=8), init=init, sharded=True)
        share_out(model, torch.device("cpu"))
        actual = whole(model)
        return rank > 0 or all(torch.equal(actual[name], expected[name]) for name in expected)

    def in_single_precision(rank):
        sizes = 20, 6, CESampled(), 15
        left = trained(rank, sasrec().float(), *sizes)
        right = trained(rank, sharded(sasrec().float()), *sizes)
        features, mask, _ = batch(99 + rank, 20, 6, False)
        with torch.no_grad():
            scores = [each.eval()(features, mask)["logits"] for each in (left, right)]
        left, right = whole(left), whole(right)
        if rank:
            return None
        apart = {}
        for name, value in left.items():
            off = (value - right[name]).abs()
            if name.endswith("in_projection.bias"):
                query, key, values = off.chunk(3)
                apart["key"] = max(apart.get("key", 0), float(key.max()))
                off = torch.cat([query, values])
            apart["others"] = max(apart.get("others", 0), float(off.max()))
        return apart | {"scores": float((scores[0] - scores[1]).abs().max())}

    def work(rank):
        torch.set_num_threads(1)
        place = f"file://{folder}/meeting"
        distributed.init_process_group("gloo", place, rank=rank, world_size=2)
        said = {"starts": [starts(rank, init) for init in ("balanced", "reference")]}
        said["single"] = in_single_precision(rank)
        said["sasrec"], said["refused"], said["empty"], said["two_tower"] = {}, {}, {}, {}
        for name, loss in losses(20).items():
            try:
                right = trained(rank, sharded(sasrec()), 20, 6, loss)
            except WholeTableError as error:
                said["refused"][name] = str(error)
                continue
            said["sasrec"][name] = gap(rank, trained(rank, sasrec(), 20, 6, loss), right)
            pair = [trained(rank, m, 20, 6, loss, 2, (1,)) for m in (sasrec(), sharded(sasrec()))]
            said["empty"][name] = gap(rank, *pair)
        for name, loss in losses(V).items():
            left = trained(rank, two_tower(reader).double(), V, 5, loss)
            right = trained(rank, sharded(two_tower(reader).double()), V, 5, loss)
            said["two_tower"][name] = gap(rank, left, right)
            if name.endswith("_sampled"):  # one has more positions than items, the other none
                make = two_tower(reader).double
                pair = [trained(rank, m, V, 5, loss, 2, (1,)) for m in (make(), sharded(make()))]
                said["empty"][f"two_tower {name}"] = gap(rank, *pair)
        said["two_tower_scores"] = 0.0
        with torch.no_grad():
            for seed in range(1 + rank):  # one process has more to score
                features, mask, _ = batch(seed, V, 5, False)
                scores = [each.eval()(features, mask)["logits"] for each in (left, right)]
                off = float((scores[0] - scores[1]).abs().max())
                said["two_tower_scores"] = max(said["two_tower_scores"], off)
            answer_others(right)
        distributed.barrier()
        (folder / f"said-{rank}.json").write_text(json.dumps(said))
        distributed.destroy_process_group()

    if __name__ == "__main__":
        start_processes(work, nprocs=2, start_method="fork")  # torch is imported once
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the first of two processes found of all models, the other one where it scored."""
    folder = tmp_path_factory.mktemp("models")
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, str(script), str(FAKES), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    first, other = (json.loads((folder / f"said-{rank}.json").read_text()) for rank in (0, 1))
    return {**first, "other_scores": other["two_tower_scores"]}


@pytest.mark.slow
def test_rows_start_as_the_first_process_drew_them(said):
    assert said["starts"] == [True, True]


@pytest.mark.slow
def test_sampled_losses_train_alike_and_others_name_them(said):
    assert said["sasrec"].keys() == SAMPLED
    assert max(said["sasrec"].values()) < 1e-9
    assert said["refused"].keys() == WHOLE
    assert all("shared out" in line and "ce_sampled" in line for line in said["refused"].values())


@pytest.mark.slow
def test_a_process_without_rows_takes_part(said):
    assert said["empty"].keys() == SAMPLED | {f"two_tower {name}" for name in TOWERS}
    assert max(said["empty"].values()) < 1e-9


@pytest.mark.slow
def test_a_tower_of_items_trains_and_scores_alike_with_all_losses(said):
    assert said["two_tower"].keys() == SAMPLED | WHOLE
    assert max(said["two_tower"].values()) < 1e-9
    assert max(said["two_tower_scores"], said["other_scores"]) < 1e-9


@pytest.mark.slow
def test_in_single_precision_only_what_is_free_differs(said):
    # a constant added to all keys adds one to all logits of a query: softmax does not see it, its
    # gradient is rounding alone, and Adam makes steps of that
    assert said["single"]["others"] < 1e-5
    assert said["single"]["scores"] < 1e-5
