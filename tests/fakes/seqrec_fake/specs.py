"""What can be configured; registered by the fixture `fakes` as local:fake_*."""

from enum import Enum
from typing import Literal

from seqrec_core.spec import (
    DataModuleSpec,
    EncoderSpec,
    LossSpec,
    ModelSpec,
    NormSpec,
    TransformSpec,
    component,
    inherited,
    param,
    required,
    spec,
)


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


@spec
class FakeLossSpec(LossSpec):
    """Scales the mean."""

    target = "seqrec_fake.parts:Loss"
    scale: float = param(1.0, gt=0, le=10, help="factor")


@spec
class FakeNormSpec(NormSpec):
    """Does nothing."""

    target = "seqrec_fake.parts:Norm"
    dim: int = inherited("embedding_dim", help="size")


@spec
class FakeEncoderSpec(EncoderSpec):
    """A linear map."""

    target = "seqrec_fake.parts:Encoder"
    embedding_dim: int = inherited(help="size")
    cardinality: int = inherited(help="items")
    activation: Literal["relu", "gelu"] = param("relu", help="function")
    norm: NormSpec | None = param(None, help="optional part")


@spec
class ItemEncoderSpec(EncoderSpec):
    """An encoder of item towers only."""

    target = "seqrec_fake.parts:Encoder"
    serves = ("item",)


@spec
class FakeModelSpec(ModelSpec):
    """A model of two parts."""

    target = "seqrec_fake.parts:Model"
    runtime = ("schema",)
    embedding_dim: int = param(8, ge=1, for_parts=True, help="size")
    heads: int = param(2, ge=1, for_parts=True, help="heads")
    max_sequence_length: int = param(5, ge=1, for_parts=True, help="length")
    encoder: EncoderSpec = component("local:fake_encoder", activation="gelu", help="encoder")
    loss: LossSpec = component("local:fake_loss", help="loss")
    tags: tuple[str, ...] = param((), help="labels")
    weights: dict[str, float] | None = param(None, help="weights by name")
    shade: Shade = param(Shade.DARK, help="an enum")

    def check(self):
        if self.embedding_dim % self.heads:
            yield "heads", f"{self.heads} does not divide embedding_dim {self.embedding_dim}"

    def default_transforms(self, schema):
        move = {"type": "local:fake_transform", "column": schema.item_id_feature_name}
        return {"train": [move], "validate": []}


@spec
class FakeTransformSpec(TransformSpec):
    """Names a column."""

    target = "seqrec_fake.parts:Transform"
    column: str = required(help="column")
    length: int = inherited("max_sequence_length", help="length")


@spec
class FakeDataSpec(DataModuleSpec):
    """Holds transforms."""

    target = "seqrec_fake.parts:Data"
    runtime = ("data_dir", "seed")


REGISTERED = {
    "fake_loss": FakeLossSpec,
    "fake_norm": FakeNormSpec,
    "fake_encoder": FakeEncoderSpec,
    "item_encoder": ItemEncoderSpec,
    "fake_model": FakeModelSpec,
    "fake_transform": FakeTransformSpec,
    "fake_data": FakeDataSpec,
}
