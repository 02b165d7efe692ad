import inspect

from seqrec_core import errors
from seqrec_core.errors import Fault, SeqrecError, SpecError


def test_the_drawing_of_the_tree_shows_every_class_below_its_parent():
    drawing = inspect.getdoc(errors).splitlines()
    depth = {}
    for line in drawing:
        bare = line.lstrip("│├└─ ")
        if bare.split() and bare.split()[0].endswith("Error"):
            depth[bare.split()[0]] = (len(line) - len(bare)) // 4
    classes = {
        n: c for n, c in vars(errors).items() if inspect.isclass(c) and issubclass(c, Exception)
    }
    assert set(depth) == set(classes)
    for name, cls in classes.items():
        assert depth[name] == len(cls.__mro__) - len(Exception.__mro__) - 1


def test_a_spec_error_lists_every_fault_with_its_place():
    error = SpecError([Fault("model.dropout", "is 2"), Fault("", "is empty")])
    assert str(error) == "model.dropout: is 2\nspec: is empty"
    assert isinstance(error, SeqrecError)


def test_a_fault_that_was_noted_twice_is_listed_once():
    faults = [Fault("a", "is 2", ValueError()), Fault("b", "is 2"), Fault("a", "is 2")]
    assert SpecError(faults).faults == (faults[0], faults[1])
    assert str(SpecError(faults)) == "a: is 2\nb: is 2"
