"""The host model gives a part under test the sizes that it inherits, and can be trained."""

import pytest
import torch
from seqrec_mutants import specs
from seqrec_tool_conformance.batches import SCHEMA, V, worked_batch
from seqrec_tool_conformance.host import Host, HostSpec, host_for

from seqrec_core import registry
from seqrec_core.spec.fields import fields_of


@pytest.mark.parametrize(
    ("part", "tower"),
    [(specs.Encoder, "query"), (specs.ItemEncoder, "item"), (specs.Norm, "query")],
)
def test_the_host_of_a_part_takes_that_kind_in_its_tower(part, tower):
    field = next(field for field in fields_of(host_for(part)) if field.name == "part")
    assert field.info.tower == tower
    assert field.type == registry.kind(part.kind).base | None
    assert not field.is_required


def test_a_host_has_no_transforms_in_any_split():
    splits = HostSpec().default_transforms(SCHEMA)
    assert splits == {"train": [], "validate": [], "test": [], "predict": []}


def test_it_learns_from_labels_and_scores_every_item_in_evaluation():
    torch.manual_seed(0)
    model, batch = Host(V), worked_batch()
    labels = {name: batch[name] for name in ("positive_labels", "target_padding_mask")}
    loss = model(batch, batch["padding_mask"], **labels)["loss"]
    loss.backward()
    assert loss.isfinite()
    assert model.table.weight.grad.any()
    assert model.eval()(batch, batch["padding_mask"])["logits"].shape == (4, V)


def test_its_loss_is_zero_where_nothing_counts():
    model, batch = Host(V), worked_batch()
    nothing = torch.zeros_like(batch["target_padding_mask"])
    loss = model(batch, batch["padding_mask"], batch["positive_labels"], nothing)["loss"]
    assert loss.tolist() == 0
