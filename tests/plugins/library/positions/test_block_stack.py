"""A stack gives its blocks the same positions, and asks the last for no more than needed."""

import pytest
import torch
from seqrec_library_positions.block_stack import BlockStack

B, L, D = 3, 4, 5


class Block(torch.nn.Module):
    """Sums what the mask lets each position see, scaled by what positions do to ones."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))
        self.asked = []

    def reset_parameters(self):
        torch.nn.init.ones_(self.scale)

    def forward(self, sequence, attention_mask, place=None, last_only=False):
        self.asked.append((place is not None, last_only))
        ones = sequence.new_ones(())
        factor = ones if place is None else place(ones, ones)[0]
        seen = attention_mask[:, 0].exp() @ sequence * factor * self.scale
        return seen[:, -1:] if last_only else seen


class Times(torch.nn.Module):
    """Stretches queries by how many events of the first user are real, and by a feature."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))

    def reset_parameters(self):
        torch.nn.init.ones_(self.scale)

    def forward(self, queries, keys, feature_tensors, padding_mask):
        return queries * self.scale * padding_mask[0].sum() * feature_tensors["weight"], keys, None


def inputs():
    visible = torch.ones(L, L).tril().log().expand(B, 1, L, L)
    generator = torch.Generator().manual_seed(0)
    return {
        "feature_tensors": {"weight": torch.tensor(0.5)},
        "input_embeddings": torch.randn(B, L, D, generator=generator),
        "padding_mask": torch.ones(B, L, dtype=torch.bool),
        "attention_mask": visible,
    }


@pytest.mark.parametrize("count", [0, 1, 2])
def test_blocks_follow_each_other_with_the_same_positions(count):
    stack, arguments = BlockStack((Block() for _ in range(3)), [Times()] * count), inputs()
    x, expected = arguments["input_embeddings"], []
    for _ in range(3):
        x = x.cumsum(1) * (0.5 * L) ** count
        expected.append(x)
    torch.testing.assert_close(stack.hidden_states(**arguments), tuple(expected))
    torch.testing.assert_close(stack(**arguments), expected[-1])
    torch.testing.assert_close(stack.forward_last(**arguments), expected[-1][:, -1])


def test_only_the_last_block_is_asked_for_the_last_position_alone():
    for positions in ([], [Times()]):
        stack = BlockStack([Block(), Block()], positions)
        stack.forward_last(**inputs())
        assert [block.asked for block in stack.blocks] == [
            [(bool(positions), False)],
            [(bool(positions), True)],
        ]


def test_its_weights_are_those_of_blocks_and_positions_and_are_drawn_anew_together():
    stack = BlockStack([Block(), torch.nn.Identity()], [Times()])
    assert [*stack.state_dict()] == ["blocks.0.scale", "positions.0.scale"]
    with torch.no_grad():
        for weight in stack.parameters():
            weight.fill_(7.0)
    stack.reset_parameters()
    assert [weight.item() for weight in stack.parameters()] == [1.0, 1.0]
