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


@pytest.mark.parametrize("path", [".model", "model.", "model..dropout"])
def test_a_path_with_an_empty_name_is_a_fault_of_the_assignment(data, path):
    with pytest.raises(SpecError, match="expected path=value"):
        override(data, [f"{path}=3"], registry)


def test_entries_of_a_list_that_is_not_there_are_no_object(data):
    del data["model"]["tags"]
    with pytest.raises(SpecError, match=r"set the whole list: model\.tags=\[…\]"):
        override(data, ["model.tags.0=x"], registry)
    with pytest.raises(SpecError, match="the list's last entry is 0"):
        override(data, ["postprocessors.1=x"], registry)


def test_a_list_whose_quotes_the_shell_took_is_a_fault_that_says_so(data):
    with pytest.raises(SpecError, match=r"a shell needs quotes around it: --set 'model\.tags=…'"):
        override(data, ["model.tags=[a]"], registry)
    assert override(data, ["model.tags=a]"], registry)["model"]["tags"] == "a]"


def test_a_recipe_may_be_changed_as_its_plain_data_may(data):
    recipe = load(data)
    assert load(recipe) == recipe
    assert load(recipe, ["model.embedding_dim=16"]) == load(data, ["model.embedding_dim=16"])
