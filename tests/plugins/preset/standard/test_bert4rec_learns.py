"""The preset of BERT4Rec learns what anybody sees at once: behind item i stands item i + 1."""

import pytest
import torch
from seqrec_tool_specs.presets import preset_of, read_preset
from seqrec_transform_cloze.cloze import Cloze

from seqrec_core import build, resolve
from seqrec_core.session import load, registry

ITEMS, LONGEST, USERS, STEPS = 30, 10, 128, 100
SIZES = {"max_sequence_length": LONGEST}


def walks(users, generator):
    """Items (B, L) of walks that begin anywhere, of 3 to all events, and where events are real."""
    first = torch.randint(ITEMS, (users, 1), generator=generator)
    lengths = torch.randint(3, LONGEST + 1, (users, 1), generator=generator)
    real = torch.arange(LONGEST) >= LONGEST - lengths
    return ((first + torch.arange(LONGEST)) % ITEMS).where(real, ITEMS), real


def untrained():
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS}
    model = read_preset(preset_of("bert4rec", registry), registry).spec["model"] | SIZES
    raw = {"schema": {"features": [item]}, "data": {"type": "parquet"}, "model": model}
    torch.manual_seed(0)
    recipe = resolve(load(raw))
    return build(recipe), recipe.model


@pytest.mark.slow
def test_a_walk_is_learnt_to_near_certainty_within_a_hundred_steps():
    model, spec = untrained()
    draw = torch.Generator().manual_seed(0)
    cloze = Cloze("item_id", share=spec.hidden_share, last_share=spec.last_share, generator=draw)
    adam = torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.9, 0.98))
    for _ in range(STEPS):
        items, real = walks(USERS, draw)
        batch = cloze({"item_id": items, "padding_mask": real})
        labels = {name: batch[name] for name in ("positive_labels", "target_padding_mask")}
        adam.zero_grad()
        model.train()({"item_id": items}, real, **labels)["loss"].backward()
        adam.step()
    items, real = walks(500, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        guesses = model.eval()({"item_id": items}, real)["logits"].argmax(1)
    assert (guesses == (items[:, -1] + 1) % ITEMS).float().mean() > 0.97
