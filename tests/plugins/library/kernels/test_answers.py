"""From a model and a batch to an answer, and the check of the short way against the long one."""

import copy

import pytest
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.shortcuts import ShortcutError
from torch import nn
from torch.optim.swa_utils import AveragedModel

B, L, D, V = 40, 3, 4, 6


class Head(nn.Module):
    def __init__(self, is_dot=True):
        super().__init__()
        self.is_dot = is_dot

    def is_dot_product(self):
        return self.is_dot

    def forward(self, hidden, items):
        return hidden @ items.T if items.dim() == 2 else (items @ hidden[..., None])[..., 0]


class Shortcuts(nn.Module):
    """Scores the mean of the events; tells its last hidden state from its scorer."""

    def __init__(self, is_dot=True):
        super().__init__()
        self.items = nn.Parameter(torch.randn(V, D, generator=torch.Generator().manual_seed(0)))
        self.head, self.calls = Head(is_dot), []

    def last_hidden_state(self, feature_tensors, padding_mask):
        return feature_tensors["event"].mean(1)

    def scorer(self):
        return ItemScorer(self.head, lambda ids: self.items if ids is None else self.items[ids])

    def forward(
        self,
        feature_tensors,
        padding_mask,
        candidates_to_score=None,
        labels=None,
        *,
        output_hidden_states="final",
    ):
        self.calls.append((len(padding_mask), output_hidden_states))
        hidden = feature_tensors["event"].mean(1)
        if self.training:
            return {"loss": hidden.sum() + labels.sum()}
        return {"logits": self.scorer()(hidden, candidates_to_score)}


class Popular(Shortcuts):
    """Changes `forward`, and inherits shortcuts that no longer fit."""

    def forward(self, *args, **kwargs):
        output = super().forward(*args, **kwargs)
        if self.training:
            return output
        return {**output, "logits": output["logits"] + torch.arange(V)}


class Undecided(Popular):
    def last_hidden_state(self, feature_tensors, padding_mask):
        return None


class NoScorer(Popular):
    def scorer(self):
        return None

    def forward(self, feature_tensors, padding_mask):
        return {"logits": feature_tensors["event"].mean(1) @ self.items.T}


class Plain(nn.Module):
    def forward(self, event):
        return {"logits": event.mean(1)}


class HalfWay(Shortcuts):
    """Takes a shortcut of its own where nobody wants hidden states, as an encoder's may be."""

    def last_hidden_state(self, feature_tensors, padding_mask):
        return None

    def forward(self, feature_tensors, padding_mask, *, output_hidden_states="final"):
        output = super().forward(feature_tensors, padding_mask)
        return {"logits": output["logits"] * (2 if output_hidden_states == "none" else 1)}


def batch(users=B):
    generator = torch.Generator().manual_seed(1)
    event = torch.randn(users, L, D, generator=generator)
    return {
        "feature_tensors": {"event": event},
        "event": event,
        "padding_mask": torch.ones(users, L).bool(),
        "query_id": torch.arange(users),
        "labels": torch.ones(users),
    }


def logits_of(model, users=B):
    with torch.no_grad():
        return batch(users)["feature_tensors"]["event"].mean(1) @ model.items.T


@pytest.fixture
def model():
    return Shortcuts().eval()


def test_the_model_gets_the_columns_that_it_names(model):
    answers = Answers(model)
    torch.testing.assert_close(answers(batch())["logits"], logits_of(model))
    assert model.calls == [(B, "final")]
    answers(batch(), output_hidden_states="all")
    assert model.calls[-1] == (B, "all")
    model.train()
    columns = batch()
    expected = columns["event"].mean(1).sum() + B
    assert answers(columns)["loss"] == expected
    assert torch.equal(
        Answers(Plain())(columns, output_hidden_states="none")["logits"], columns["event"].mean(1)
    )


def test_a_forward_of_any_keywords_takes_those_of_its_base():
    model = Popular().eval()
    answer = Answers(model)(batch(), output_hidden_states="all")
    torch.testing.assert_close(answer["logits"], logits_of(model) + torch.arange(V))
    assert model.calls == [(B, "all")]
    model.train()
    assert "loss" in Answers(model)(batch())


def test_candidates_of_the_batch_beat_the_argument_and_count_in_evaluation_only(model):
    answers, some, others = Answers(model), torch.tensor([4, 1]), torch.tensor([0])
    expected = logits_of(model)
    for call in (answers, answers.deferred):
        answer = call(batch(), candidates=some)
        assert not isinstance(answer, DeferredLogits)
        torch.testing.assert_close(answer["logits"], expected[:, some])
        answer = call({**batch(), "candidates_to_score": some}, candidates=others)
        torch.testing.assert_close(answer["logits"], expected[:, some])
        answer = call({**batch(), "candidates_to_score": None}, candidates=some)
        torch.testing.assert_close(answer["logits"], expected[:, some])
    assert answers.deferred(batch(), output_hidden_states="final").keys() == {"logits"}
    with pytest.raises(ValueError, match="repeats 1 of its 2 ids"):
        answers(batch(), candidates=torch.tensor([1, 1]))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 2\); give item ids of shape \(C,\), or"):
        answers.deferred({**batch(), "candidates_to_score": some[None, None]})
    Answers(Plain())(batch(), candidates=torch.tensor([1, 1]))  # it takes none
    assert "loss" in Answers(model.train())(batch(), candidates=others)


def test_logits_wait_and_the_first_batch_goes_both_ways(model):
    answers = Answers(model)
    for _ in range(3):
        answer = answers.deferred(batch())
        assert isinstance(answer, DeferredLogits)
        torch.testing.assert_close(answer["logits"], logits_of(model))
        [(users, states)] = model.calls
        assert 1 < users < B
        assert states == "final"
    answers.deferred(batch(2))
    assert len(model.calls) == 1
    answers(batch())
    assert len(model.calls) == 2
    answers.deferred(batch())
    assert len(model.calls) == 2
    answers.model.train()
    answers(batch())
    model.eval()
    answers.deferred(batch())
    assert len(model.calls) == 4


@pytest.mark.parametrize("wrap", [lambda module: module, AveragedModel])
def test_a_shortcut_that_no_longer_fits_is_an_error(wrap):
    model = wrap(Popular()).eval()
    words = (
        "Popular computes the last position by itself, and its whole forward answers otherwise: "
        "logits that differ by up to 5, where the largest is .*; let last_hidden_state"
    )
    answers = Answers(model)
    for _ in range(2):
        with pytest.raises(ShortcutError, match=words):
            answers.deferred(batch())


def test_a_shortcut_inside_forward_is_checked_too():
    with pytest.raises(ShortcutError, match="HalfWay computes the last position by itself"):
        Answers(HalfWay().eval()).deferred(batch())
    Answers(HalfWay().eval()).deferred(batch(), output_hidden_states="final")


@pytest.mark.parametrize(
    "model",
    [
        Undecided(),
        NoScorer(),
        Popular(is_dot=False),
        torch.compile(Popular(), backend="eager"),
        AveragedModel(torch.compile(Popular(), backend="eager")),
    ],
)
def test_without_a_shortcut_the_answer_is_that_of_forward(model):
    answer = Answers(model.eval()).deferred(batch())
    assert not isinstance(answer, DeferredLogits)
    with torch.no_grad():
        torch.testing.assert_close(answer, Answers(model)(batch()))


def test_a_batch_without_the_columns_of_the_shortcut_goes_the_long_way():
    class OtherColumns(Shortcuts):
        def forward(self, event):
            return {"logits": event.mean(1)}

    columns = batch()
    answer = Answers(OtherColumns().eval()).deferred({"event": columns["event"]})
    assert torch.equal(answer["logits"], columns["event"].mean(1))


def test_nothing_is_written_to(model):
    columns = batch()
    before, weights = copy.deepcopy(columns), copy.deepcopy(model.state_dict())
    keys = set(vars(model))
    answers = Answers(model)
    answers.deferred(columns, candidates=torch.tensor([1]))
    answers.deferred(columns)
    assert columns.keys() == before.keys()
    assert all(
        torch.equal(columns[name], before[name]) for name in columns if name != "feature_tensors"
    )
    assert set(vars(model)) == keys
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_an_empty_batch_has_an_empty_answer_and_is_no_check():
    answers = Answers(Popular().eval())
    assert answers.deferred(batch(0))["logits"].shape == (0, V)
    with pytest.raises(ShortcutError):
        answers.deferred(batch())


class ScoresAllItems(torch.nn.Module):
    def forward(self, padding_mask):
        return {"logits": torch.arange(6.0).repeat(len(padding_mask), 1)}


def test_candidates_of_a_model_that_scores_all_items_are_its_columns():
    batch = {"padding_mask": torch.ones(2, 3, dtype=torch.bool)}
    answers = Answers(ScoresAllItems().eval())
    for answer in (answers, answers.deferred):
        logits = answer(batch, candidates=torch.tensor([4, 1]))["logits"]
        assert logits.tolist() == [[4.0, 1.0], [4.0, 1.0]]


def candidates_of_each() -> torch.Tensor:
    """Candidates (B, V): all items in another order for each user, with some padding anywhere."""
    ids = torch.stack(
        [torch.randperm(V, generator=torch.Generator().manual_seed(b)) for b in range(B)]
    )
    ids[1, 2:] = ids[2, :] = ids[3, 0] = -1
    return ids


@pytest.mark.parametrize("in_batch", [True, False])
def test_candidates_of_each_user_are_scored_as_among_all_and_padding_never(model, in_batch):
    ids, every = candidates_of_each(), logits_of(model)
    expected = every.gather(1, ids.clamp(min=0)).masked_fill(ids < 0, -torch.inf)
    answers = Answers(model)
    for call in (answers, answers.deferred):
        if in_batch:
            answer = call({**batch(), "candidates_to_score": ids})
        else:
            answer = call(batch(), candidates=ids)
        torch.testing.assert_close(answer["logits"], expected)


def test_candidates_of_each_user_are_columns_of_a_model_that_scores_all_items():
    rows = {"padding_mask": torch.ones(2, 3, dtype=torch.bool)}
    ids = torch.tensor([[4, 1], [-1, 3]])
    logits = Answers(ScoresAllItems().eval())(rows, candidates=ids)["logits"]
    assert logits.tolist() == [[4.0, 1.0], [-torch.inf, 3.0]]
    with pytest.raises(ValueError, match=r"\(2, 6\) for candidates_to_score of shape \(3, 2\)"):
        Answers(ScoresAllItems().eval())(rows, candidates=ids.repeat(2, 1)[:3])


def test_an_item_twice_for_a_user_is_refused_and_padding_is_not(model):
    ids = torch.tensor([[-1, -1, 2]]).repeat(B, 1)
    Answers(model)(batch(), candidates=ids)
    with pytest.raises(ValueError, match="repeats 40 of its 120 ids; name each item once a user"):
        Answers(model)(batch(), candidates=ids[:, [0, 2, 2]])
