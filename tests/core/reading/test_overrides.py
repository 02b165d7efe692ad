import pytest

from seqrec_core.errors import SpecError
from seqrec_core.reading.overrides import override
from seqrec_core.session import load, load_resolved, registry


def test_overrides_change_values(data):
    changed = override(
        data, ["model.embedding_dim=16", "model.tags.1=z", "model.loss.type=fake_loss"], registry
    )
    assert changed["model"]["embedding_dim"] == 16
    assert changed["model"]["tags"] == ["a", "z"]
    assert changed["model"]["loss"] == {"type": "fake_loss"}
    assert data["model"]["embedding_dim"] == 4
    assert load_resolved(data, ["seed=9"]).recipe.seed == 9


@pytest.mark.parametrize(
    "assignment",
    [
        *("model", "=3", "seed.x=1", "model.tags.9=1", "model.tags.²=1"),
        *(f"seed={'9' * 5000}", f"seed={'[' * 100_000}", 'model.loss={"type": "a", "type": "b"}'),
    ],
)
def test_an_override_that_leads_nowhere_is_a_fault(data, assignment):
    with pytest.raises(SpecError):
        override(data, [assignment], registry)


def test_an_override_of_an_unknown_key_is_a_fault(data):
    with pytest.raises(SpecError, match=r"model\.dropuot: unknown key"):
        load(data, ["model.dropuot=0.5"])


def test_a_single_assignment_need_not_stand_in_a_list(data):
    assert load(data, "model.embedding_dim=16").model.embedding_dim == 16


def test_what_no_file_could_hold_is_found_afterwards(data):
    data["model"]["tags"] = {"a"}
    with pytest.raises(SpecError, match=r"model\.tags: expected a list, got a set"):
        load(data, ["seed=3"])
