import pytest
import torch
from rich.console import Console

from seqrec_core import build, load
from seqrec_core.build import Built, Runtime
from seqrec_core.cli.summary import example_features, output_shapes, summary
from seqrec_core.errors import BuildError
from seqrec_core.schema import FeatureType, TensorFeatureInfo, TensorSchema


class Plain(torch.nn.Module):
    def forward(self, feature_tensors, padding_mask):
        return {"logits": 1.0 * padding_mask}


class Failing(Plain):
    def forward(self, feature_tensors, padding_mask):
        raise IndexError("beyond the end")


def test_a_model_without_parameters_has_shapes_too(data):
    schema, model = load(data).schema.tensor_schema(), Plain()
    trace = [Built("model", load(data).model, model)]
    assert output_shapes(model, schema, 5, trace) == {"model": "(B, 5)"}


def test_a_model_that_does_not_run_is_named_with_the_cause(data):
    with pytest.raises(BuildError, match=r"Failing does not run .* IndexError: beyond the end"):
        output_shapes(Failing(), load(data).schema.tensor_schema(), 5, [])


def test_the_table_has_a_row_a_component_with_its_parameters(data):
    recipe = load(data)
    runtime = Runtime.of(recipe)
    model = build(recipe, runtime=runtime)
    console = Console(width=150)
    with console.capture() as capture:
        console.print(summary(model, recipe, runtime.trace))
    rows = [line.split() for line in capture.get().splitlines() if line.strip()]
    parts = {row[0].strip(":"): row for row in rows}
    assert list(parts)[2:] == ["model", "encoder", "norm", "loss"]
    assert f"{sum(p.numel() for p in model.parameters()):,}" in parts["model"]


def test_examples_have_the_shape_and_type_of_each_feature():
    schema = TensorSchema(
        [
            TensorFeatureInfo("item", FeatureType.CATEGORICAL, is_seq=True, cardinality=3),
            TensorFeatureInfo("tags", FeatureType.CATEGORICAL_LIST, is_seq=True, cardinality=3),
            TensorFeatureInfo("price", FeatureType.NUMERICAL),
            TensorFeatureInfo("image", FeatureType.NUMERICAL_LIST, is_seq=True, tensor_dim=5),
        ]
    )
    features = example_features(schema, 4, "cpu")
    shapes = {name: (tuple(t.shape), t.dtype) for name, t in features.items()}
    assert shapes == {
        "item": ((2, 4), torch.int64),
        "tags": ((2, 4, 3), torch.int64),
        "price": ((2,), torch.float32),
        "image": ((2, 4, 5), torch.float32),
    }
