import json

import pytest
from seqrec_fake.specs import ItemEncoderSpec

from seqrec_core.errors import SpecError
from seqrec_core.session import load


@pytest.fixture
def write(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return path

    return write


def test_a_spec_file_loads(write, data):
    assert load(write("spec.json", data)).model.embedding_dim == 4


def test_the_data_folder_is_relative_to_the_spec(write, data, tmp_path):
    data["data"]["folder"] = "../prepared"
    recipe = load(write("deep/spec.json", data))
    assert recipe.data.folder == str(tmp_path / "prepared")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"seed": 1, "seed": 2}', "seed: stands twice"),
        ('{"model": {"a": [{"b": 1, "b": 2}]}}', r"model\.a\[0\]\.b: stands twice"),
        (f'{{"seed": {"9" * 5000}}}', "a number of more than 100 digits"),
        ('{"extends": "a\\u0000b"}', "has the character"),
        ('{"components": null}', 'components: expected {"distribution:name"'),
        ('{"components": {"local:fake_loss": {"version": "1"}}}', "components: expected"),
    ],
)
def test_a_file_that_is_no_spec_says_why(write, text, message):
    with pytest.raises(SpecError, match=message):
        load(write("spec.json", text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SpecError, match=r"none\.json: cannot be read"):
        load(tmp_path / "none.json")


def test_all_faults_come_at_once_those_of_resolving_included(write, data):
    data["model"]["tags"] = 1
    data["model"]["heads"] = 3
    data["data"]["transforms"] = {"train": [{"type": "fake_transform"}]}
    with pytest.raises(SpecError) as caught:
        load(write("spec.json", data))
    assert {fault.path for fault in caught.value.faults} == {
        "model.tags",
        "data.transforms.train[0].column",
    }


def test_a_spec_extends_another(write, data):
    write("base.json", data)
    child = write(
        "child.json",
        {"extends": "base.json", "seed": 8, "model": {"embedding_dim": 6, "heads": 3}},
    )
    recipe = load(child)
    assert (recipe.seed, recipe.model.embedding_dim, recipe.model.tags) == (8, 6, ("a", "b"))


def test_an_object_of_another_type_is_replaced(write, data):
    write("base.json", data)
    new = {"type": "local:item_encoder"}
    child = write("child.json", {"extends": "base.json", "model": {"encoder": new}})
    assert load(child).model.encoder == ItemEncoderSpec()
    same = {"encoder": {"activation": "gelu"}}
    assert load(write("c2.json", {"extends": "base.json", "model": same})).model.encoder.norm


def test_a_circle_of_specs_is_a_fault(write):
    write("a.json", {"extends": "b.json"})
    with pytest.raises(SpecError, match="circle"):
        load(write("b.json", {"extends": "a.json"}))


def test_a_circle_of_links_is_a_fault(tmp_path):
    link = tmp_path / "spec.json"
    link.symlink_to(link)
    with pytest.raises(SpecError, match="cannot be read"):
        load(link)


@pytest.mark.parametrize("folder", ["a\0b", "a\ud800b"])
def test_a_data_folder_that_no_file_system_has_is_a_fault(write, data, folder):
    data["data"]["folder"] = folder
    with pytest.raises(SpecError, match=r"data\.folder: "):
        load(write("spec.json", data))


def test_a_data_folder_taken_from_another_spec_is_relative_to_that_one(write, data, tmp_path):
    data["data"]["folder"] = "prepared"
    write("base/base.json", data)
    write("base/middle/spec.json", {"extends": "../base.json"})
    recipe = load(write("child.json", {"extends": "base/middle/spec.json"}))
    assert recipe.data.folder == str(tmp_path / "base" / "prepared")


def test_editors_may_note_their_schema_in_a_spec(write, data):
    assert load(write("spec.json", {"$schema": "seqrec.schema.json", **data})).seed == 7
