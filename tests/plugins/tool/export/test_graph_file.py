"""Graphs of every preset answer as the recommender does; of some, in each runtime."""

import attrs
import numpy as np
import pytest
import torch
from seqrec_tool_export import graph_file
from seqrec_tool_export.export_targets import TARGETS
from seqrec_tool_export.graph_file import export_graph
from seqrec_tool_export.graph_inputs import GraphInputs
from seqrec_tool_recommend.event_histories import HistoryReader
from seqrec_tool_recommend.raw_values import RawValues
from seqrec_tool_recommend.recommender import Recommender
from typer.testing import CliRunner
from untrained_bundle import written

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.cli import app
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import BundleError
from seqrec_core.registry.installed import PRESETS, installed_points
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import Vocabularies

NAMES = sorted(point.name for point in installed_points() if point.group == PRESETS)
SOME = ("sasrec", "hstu", "two-tower")
SMALL = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 6}
ITEMS, START = 40, 1_700_000_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Prepared data with times and vectors."""
    folder = tmp_path_factory.mktemp("export")
    draw = np.random.default_rng(0)
    lines = [
        f"u{user},i{item},{START + 86_400 * place + user}"
        for user in range(30)
        for place, item in enumerate(draw.permutation(ITEMS)[:12])
    ]
    (folder / "events.csv").write_text("\n".join(["user,item,timestamp", *lines]))
    words = ["data", "prepare", folder / "events.csv", "--out", folder / "data", "--keep-time"]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, (result.output, result.exception)
    vectors = draw.normal(size=(ITEMS, 12)).astype(np.float32)
    np.save(folder / "data" / "vectors.npy", vectors)
    return folder / "data"


def bundle_of(preset, data, folder):
    """An untrained bundle of a small model of the preset."""
    spec = folder / "spec.json"
    sets = [f"model.{name}={value}" for name, value in SMALL.items()]
    sets += ['model.embedder.vectors="vectors.npy"'] if preset == "unisrec" else []
    words = ["init", preset, "--data", data, "--out", spec]
    words += [word for each in sets for word in ("--set", each)]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, (result.output, result.exception)
    torch.manual_seed(0)
    recipe = load_resolved(spec).recipe
    known = Vocabularies.of_folder(DataFolder(data))
    model = build(recipe)
    return Bundle.write(folder / "run", model, recipe, {}, known.items, features=known.features)


HISTORIES = [
    [[]],
    [[3]],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], [], [5], [9, 4, 4, 8, 1, 0], list(range(ITEMS)), [0, 0, 1]],
]
QUESTIONS = [(5, ()), (1, ()), (7, (3, 30, 12)), (ITEMS + 5, ())]  # k and candidates
EXPORTS = [
    *(("onnx", preset) for preset in NAMES),
    *(("torch", preset) for preset in SOME),
    *(("openvino", preset) for preset in SOME),
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of exporters and runtimes to themselves, when they load
@pytest.mark.parametrize(("target", "preset"), EXPORTS)
def test_every_preset_answers_as_the_recommender(target, preset, data, tmp_path):
    bundle = bundle_of(preset, data, tmp_path)
    out = tmp_path / f"model{TARGETS[target].suffix}"
    described = export_graph(bundle, target, out, calls=1)
    assert described["largest_difference"] < 1e-5
    names = [each["name"] for each in described["inputs"]]
    assert preset != "hstu" or "timestamp" in names
    run, recommender = TARGETS[target].runner(out, names), Recommender(bundle)
    serving = bundle.serving()
    ids = serving.items["item"].to_pylist()
    reader = HistoryReader(serving.schema, ids.index, RawValues(bundle.features))
    strict = 0
    for numbers in HISTORIES:
        histories = [
            [{"item": ids[item], "timestamp": START + 3_600 * place} for place, item in events]
            for events in map(enumerate, numbers)
        ]
        read = [reader.read("history", history) for history in histories]
        for k, candidates in QUESTIONS:
            items, scores = run(GraphInputs(serving).of(read, k, candidates))
            chosen = [ids[number] for number in candidates] or None
            whole = recommender.recommend(histories, ITEMS, candidates=chosen)
            assert items.shape == scores.shape == (len(numbers), min(k, ITEMS))
            for events, row, line, best in zip(numbers, items, scores, whole, strict=True):
                is_item = row >= 0
                ranked = [ids[number] for number in row[is_item]]
                assert len(set(ranked)) == len(ranked) == min(k, len(best))
                assert not {ids[item] for item in events} & set(ranked)
                expected = [score for _, score in best]
                score_of = dict(best)
                for each in (line[is_item], [score_of[item] for item in ranked]):
                    np.testing.assert_allclose(each, expected[: len(ranked)], 1e-5, 1e-5)
                if (np.diff(expected[: k + 1]) < -1e-4).all():  # nothing ties
                    assert ranked == [item for item, _ in best[:k]]
                    strict += 1
    assert strict >= 8


def fails(program, names, path):
    path.write_text("half")
    raise RuntimeError("no kernel for Loop\nand so on")


def writes(program, names, path):
    path.write_text("graph")


def answers(path, names):
    def run(inputs):
        histories, k, *_ = inputs
        shape = (len(histories), int(k))
        return np.broadcast_to(np.arange(int(k)), shape), np.ones(shape, np.float32)

    return run


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"write": fails}, "onnx does not take .* no kernel for Loop; choose another with --to"),
        ({"write": writes, "runner": answers}, "was not kept"),
    ],
)
def test_what_a_runtime_cannot_do_leaves_no_file(parts, said, tmp_path, monkeypatch):
    target = attrs.evolve(TARGETS["onnx"], **parts)
    monkeypatch.setattr(graph_file, "TARGETS", {"onnx": target})
    monkeypatch.setattr(graph_file, "traced", lambda *_: None)
    out = tmp_path / "out" / "model.onnx"
    with pytest.raises(BundleError, match=said) as caught:
        export_graph(Bundle.load(written(tmp_path)), "onnx", out)
    assert "\n" not in str(caught.value)
    assert list(out.parent.iterdir()) == []
