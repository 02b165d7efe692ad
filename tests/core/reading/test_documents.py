"""20,000 documents of everything installed: each is refused with its places, or round-trips."""

import json
import re
from collections import Counter

import pytest
from documents import documents
from hypothesis import HealthCheck, given, seed, settings

from seqrec_core.errors import SpecError
from seqrec_core.reading.codec import specs_below
from seqrec_core.reading.merge import Place
from seqrec_core.session import dump, load, registry, resolve
from seqrec_core.spec.recipe import Recipe

PARTS, EACH = 8, 2500


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:trainer.metrics. in a spec of format 1:UserWarning")
@pytest.mark.parametrize("part", range(PARTS))
def test_documents_are_refused_with_their_places_or_round_trip(part):
    outcomes, names = Counter(), set()

    @seed(part)
    @settings(
        max_examples=EACH,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(documents(registry))
    def each(document):
        outcome, resolved = outcome_of(document)
        outcomes[outcome] += 1
        names.update(registry.of_spec(type(part)).canonical for _, part in specs_below(resolved))

    each()
    usable = [component for component in registry if registry.state(component) == "ok"]
    assert len(names) > 0.8 * len(usable)
    assert outcomes.total() >= EACH
    assert outcomes["resolves"] > 0.3 * EACH
    assert outcomes["refused"] > 0.1 * EACH


def outcome_of(document):
    """Whether a document is refused, cannot be resolved or resolves, to what; what must hold."""
    text = json.dumps(document)
    try:
        recipe = load(document)
    except SpecError as error:
        check_places(error, document)
        return "refused", None
    finally:
        assert json.dumps(document) == text
    assert load(through_json(dump(recipe))) == recipe
    try:
        resolved = resolve(recipe)
    except SpecError as error:
        check_places(error, document)
        return "cannot be resolved", None
    assert resolve(resolved) == resolved
    assert load(through_json(dump(resolved))) == resolved
    return "resolves", resolved


def through_json(data):
    return json.loads(json.dumps(data))


def check_places(error, document):
    """Every fault is of a place that is there, or could be, and is said once."""
    assert error.faults
    for fault in error.faults:
        assert is_place(fault.path, document), f"{fault} in {document}"
        assert fault.message
    assert len(set(error.faults)) == len(error.faults), error


def is_place(path, document):
    """Whether a path leads to what stands there, or to a field that could."""
    node, place = document, Place(Recipe)
    for key in re.findall(r"[^.\[\]]+", path):
        below = place.below(node, key, registry)
        entries = dict(enumerate(node)) if isinstance(node, list) else node
        number = int(key) if isinstance(node, list) and key.isdecimal() else key
        if number in entries:
            node = entries[number]
        elif key == "type" or path.startswith("data.transforms"):  # of the model's transforms
            return True
        elif below.type is None:
            return False
        else:
            node = {}
        node, place = {"type": node} if isinstance(node, str) else node, below
        node = node if isinstance(node, dict | list) else {}
    return True
