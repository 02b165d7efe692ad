"""Metrics of several processes are those of one."""

import json
import subprocess
import sys
import textwrap

import pytest
import torch
from naive_ranking import KS, in_parts, ranking_batch
from seqrec_callback_metrics.tally import METRICS

TWO_PROCESSES = """
    import json, sys, warnings
    import lightning.pytorch as pl
    import torch
    from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)

    class GivenLogits(pl.LightningModule):
        def test_step(self, batch, batch_idx, dataloader_idx=0):
            return {"logits": batch["logits"]}

    class Rows(torch.utils.data.IterableDataset):
        def __init__(self, batches):
            self.batches = batches
        def __iter__(self):
            if torch.distributed.is_initialized():
                return iter(self.batches[torch.distributed.get_rank() :: 2])
            return iter(self.batches)

    def run(processes, batches):
        callback = ComputeMetricsCallback(METRICS, KS, item_count=12)
        settings = {"strategy": "ddp_fork"} if processes > 1 else {}
        trainer = pl.Trainer(
            accelerator="cpu", devices=processes, logger=False, callbacks=[callback],
            enable_progress_bar=False, enable_model_summary=False, **settings
        )
        loaders = [torch.utils.data.DataLoader(Rows(each), batch_size=None) for each in batches]
        return trainer.test(GivenLogits(), loaders, verbose=False)

    batches = torch.load(sys.argv[1])
    print(json.dumps([run(2, batches), run(1, batches)]))
"""


@pytest.mark.slow
def test_two_processes_give_the_numbers_of_one(tmp_path):
    # The second dataloader has one batch: one of the processes gets nothing.
    torch.save([in_parts(ranking_batch(4, 7), 2), [ranking_batch(5, 3)]], tmp_path / "batches")
    names = f"METRICS = {METRICS!r}\nKS = {KS!r}\n"
    script = tmp_path / "script.py"
    script.write_text(names + textwrap.dedent(TWO_PROCESSES))
    process = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "batches")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    two, one = json.loads(process.stdout.strip().splitlines()[-1])
    assert len(one) == 2
    for values, expected in zip(two, one, strict=True):
        assert values == pytest.approx(expected, abs=1e-6)
