import json

from rich.console import Console
from seqrec_fake.specs import FakeEncoderSpec, FakeLossSpec, FakeModelSpec
from strangers import POINTS

from seqrec_core import registry
from seqrec_core.cli.component_page import example, facts, field_rows, page
from seqrec_core.registry import Registry


def test_each_field_is_a_row_in_words():
    rows = {row[0]: row[1:] for row in field_rows(FakeModelSpec)}
    assert rows["embedding_dim"] == ("a whole number", "8", ">= 1", "size (for parts only)")
    assert rows["loss"] == ("a loss", "local:fake_loss", "", "loss")
    assert json.loads(rows["encoder"][1]) == {"type": "local:fake_encoder", "activation": "gelu"}
    assert rows["tags"][:2] == ("a list of strings", "[]")
    inherited = {row[0]: row[2] for row in field_rows(FakeEncoderSpec)}
    assert inherited["embedding_dim"] == "inherited: embedding_dim"
    assert field_rows(FakeLossSpec) == [("scale", "a number", "1.0", "> 0, <= 10", "factor")]


def test_facts_leave_out_what_a_spec_does_not_say():
    assert facts(FakeLossSpec) == {"builds": "seqrec_fake.parts:Loss"}
    assert facts(FakeEncoderSpec)["serves the tower"] == "query"
    assert facts(FakeModelSpec)["takes from build"] == "schema"


def test_the_example_is_the_shortest_json_that_names_the_component():
    assert json.loads(example(registry["loss", "fake_loss"])) == {"type": "fake_loss"}
    transform = json.loads(example(registry["transform", "fake_transform"]))
    assert transform == {"type": "fake_transform", "column": "…"}


def test_the_page_has_docs_example_and_fields():
    console = Console(width=120)
    with console.capture() as capture:
        console.print(page(registry["loss", "fake_loss"]))
    for text in ("loss fake_loss", "Scales the mean.", '{"type": "fake_loss"}', "> 0, <= 10"):
        assert text in capture.get()


def test_a_kind_of_a_stranger_is_shown_as_ours_are():
    strangers = Registry(POINTS)
    rows = {row[0]: row[1:3] for row in field_rows(strangers["model", "reranked"].spec)}
    assert rows["reranker"] == ("a reranker", "acme-rerank:boost")
    assert rows["others"][0] == "a list of rerankers"
    console = Console(width=120)
    with console.capture() as capture:
        console.print(page(strangers["reranker", "boost"]))
    for text in ("reranker boost  acme-rerank 1.0", "Lifts what is new.", "acme_rerank:Boost"):
        assert text in capture.get()
