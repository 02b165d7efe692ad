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


def test_many_faults_are_said_in_short_and_all_kept():
    faults = [Fault(f"a[{i}]", "is 2") for i in range(500)]
    error = SpecError(faults)
    assert error.faults == tuple(faults)
    lines = str(error).splitlines()
    assert lines[0] == "a[0]: is 2"
    assert lines[-1] == "… and 480 more"
    assert len(lines) == 21


def test_a_message_is_short_and_plain_whatever_it_quotes():
    long = [Fault("p" * 9_000, "\x1b[2J" * 9_000), Fault("k\n\u202e", "is \x9b")]
    for error in (SpecError(long), SpecError(long[1:]), SeqrecError("\x1b" * 90_000)):
        assert len(str(error)) <= 2_000
        assert str(error).replace("\n", "").isprintable()
    assert str(SpecError(long[1:])) == r"k\n\u202e: is \x9b"


def test_a_fault_that_was_noted_twice_is_listed_once():
    faults = [Fault("a", "is 2", ValueError()), Fault("b", "is 2"), Fault("a", "is 2")]
    assert SpecError(faults).faults == (faults[0], faults[1])
    assert str(SpecError(faults)) == "a: is 2\nb: is 2"
