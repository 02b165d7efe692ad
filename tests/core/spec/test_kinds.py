"""What the base classes of kinds answer by default."""

from seqrec_core.spec import (
    LossSpec,
    ModelSpec,
    SamplerSpec,
    Spec,
    TransformSpec,
    component,
    kinds,
    param,
    spec,
)


@spec
class Draws(SamplerSpec):
    """A sampler."""


@spec
class Model(ModelSpec):
    """A model with fields that are asked by their names."""

    max_sequence_length: int = param(7, help="length")
    negatives: SamplerSpec | None = component("local:draws", help="sampler")


def test_every_kind_has_a_name_of_its_own():
    bases = [each for each in vars(kinds).values() if isinstance(each, type)]
    names = [base.kind for base in bases if issubclass(base, Spec) and base is not Spec]
    assert len(names) == len(set(names)) >= 19
    assert all(name.isidentifier() for name in names)


def test_a_model_answers_by_its_fields_and_one_without_them_does_not():
    model = Model(negatives=Draws())
    assert (model.sampler(), model.history_length()) == (Draws(), 7)
    assert (ModelSpec().sampler(), ModelSpec().history_length()) == (None, None)


def test_what_a_part_does_not_declare_is_not_known():
    assert TransformSpec().columns_after(frozenset("a")) is None
    needs = LossSpec().needs("train")
    assert needs.features == needs.columns == needs.files == ()
