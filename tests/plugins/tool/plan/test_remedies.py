"""What is proposed fits, keeps the settings, and is nothing where nothing fits."""

import pytest
from seqrec_tool_plan.remedies import remedies


@pytest.mark.slow
def test_what_is_proposed_fits_when_planned_again(spec, cost):
    path = spec(items=20_000, loss={"type": "ce", "backend": "torch"})
    whole = cost(path, "data.batch_size=64").peak
    changes = list(remedies(path, ["data.batch_size=64"], whole // 2, 1.0))
    assert [remedy.what for remedy in changes] == [
        "smaller batch",
        "logits in chunks",
        "sampled loss, ce_sampled",
        "sampled loss, row-sparse gradients",
    ]
    assert changes[0].settings == ("data.batch_size=16", "trainer.accumulate_grad_batches=4")
    assert changes[1].settings == ("model.loss.backend=chunked",)
    for remedy in changes:
        again = cost(path, "data.batch_size=64", *remedy.settings).most
        assert again == pytest.approx(remedy.peak, rel=0.01)
        assert remedy.peak <= whole // 2


def test_a_sampled_loss_keeps_the_settings_of_the_full_one(spec, cost):
    path = spec(items=50_000, loss={"type": "ce", "label_smoothing": 0.1})
    budget = cost(path).most - 1
    changed = next(r for r in remedies(path, [], budget, 1.0) if "ce_sampled" in r.what).settings[0]
    assert changed == 'model.loss={"type":"ce_sampled","label_smoothing":0.1}'


def test_nothing_is_proposed_where_nothing_fits(spec):
    assert list(remedies(spec(), [], 1000, 1.0)) == []
