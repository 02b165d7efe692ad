"""What a plugin's name gives: its distribution, its module, its component, its classes."""

import pytest
from seqrec_tool_authoring.scaffold.naming import Names, check_free, component_of, names_of

from seqrec_core.errors import SeqrecError


@pytest.mark.parametrize(
    ("distribution", "kind", "component", "cls"),
    [
        ("acme-gru", "encoder", "gru", "Gru"),
        ("gru9", "encoder", "gru9", "Gru9"),
        ("acme-loss-gbce", "loss", "gbce", "Gbce"),
        ("acme-two-words", "loss", "two_words", "TwoWords"),
        ("acme-loss", "loss", "acme_loss", "AcmeLoss"),  # LossSpec is the base class
        ("acme-tensor", "loss", "acme_tensor", "AcmeTensor"),  # imported by modules
        ("acme-lambda", "loss", "acme_lambda", "AcmeLambda"),  # no name for a file
        ("acme-specs", "loss", "acme_specs", "AcmeSpecs"),  # a file that there is already
        ("acme-4rec", "encoder", "acme_4rec", "Acme4rec"),
    ],
)
def test_names_follow_from_that_of_the_distribution(distribution, kind, component, cls):
    names = names_of(distribution, kind, taken={"Tensor"})
    assert (names.component, names.cls) == (component, cls)


def test_in_a_family_the_distribution_has_the_name_of_the_family():
    names = names_of("mean-shift", "context_merger", family="acme")
    assert names.distribution == "seqrec-context-merger-acme"
    assert (names.module, names.component) == ("seqrec_context_merger_acme", "mean_shift")
    assert names.cls == "MeanShift"


@pytest.mark.parametrize("name", ["tensor", "specs", "loss", "class"])
def test_in_a_family_a_name_that_the_code_needs_is_refused(name):
    with pytest.raises(SeqrecError, match=f"choose another name, as in 'my-{name}'"):
        names_of(name, "loss", family="acme", taken={"Tensor"})


def test_the_author_may_name_the_component():
    names = names_of("acme-models", "encoder", component="deep_gru")
    assert (names.distribution, names.module) == ("acme-models", "acme_models")
    assert (names.component, names.cls, names.package) == ("deep_gru", "DeepGru", "acme_models")
    assert component_of("deep-gru", "encoder") == "deep_gru"
    for name in ("specs", "encoder", "linear"):
        with pytest.raises(SeqrecError, match=f"as in 'my-{name}'"):
            names_of("acme-models", "encoder", component=name, taken={"Linear"})
    with pytest.raises(SeqrecError, match="did you mean 'deep-gru'"):
        component_of("Deep GRU", "encoder")


def test_a_package_may_lie_in_a_folder():
    assert Names("acme-gru", "gru", "acme_models", "src").package == "src/acme_models"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("json", "would hide what Python itself calls 'json'"),
        ("attrs", "a package 'attrs' is installed already"),
    ],
)
def test_a_package_that_is_there_is_not_free(name, words):
    with pytest.raises(SeqrecError, match=words):
        check_free(names_of(name, "loss"))
    check_free(names_of("acme-nobody-has-this", "loss"))
