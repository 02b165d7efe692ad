import types
from importlib.metadata import EntryPoint, PathDistribution

import pytest

from seqrec_core.registry import Point, Registry, installed

VALUE = "seqrec_fake.specs:FakeLossSpec"


def distribution(name="acme", text=f"[seqrec.loss]\nce = {VALUE}\n", requires=(), points=None):
    headers = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1"]
    headers += [f"Requires-Dist: {line}" for line in requires]
    files = {"entry_points.txt": text, "METADATA": "\n".join(headers) + "\n\nVersion: 9\n"}
    points = [EntryPoint("ce", VALUE, "seqrec.loss")] if points is None else points
    return types.SimpleNamespace(
        read_text=files.get,
        entry_points=points,
        locate_file=lambda path: f"/site/{name}",
    )


@pytest.fixture
def install(monkeypatch):
    """Makes these the only distributions there are."""

    def install(*distributions):
        monkeypatch.setattr(installed, "distributions", lambda: distributions)
        return list(installed.installed_points())

    return install


@pytest.mark.parametrize(
    ("requirement", "core_range"),
    [
        ("seqrec-core>=0.1,<0.2", ">=0.1,<0.2"),
        ("seqrec_core (>=0.1)", ">=0.1"),
        ('seqrec-core[testing] ~=0.1 ; python_version > "3"', "~=0.1"),
        ("seqrec-core", ""),
        ("seqrec-core-extras>=7", ""),
    ],
)
def test_the_range_of_the_core_stands_in_the_requirements(install, requirement, core_range):
    [point] = install(distribution(requires=("torch", requirement)))
    assert point == Point("seqrec.loss", "ce", VALUE, "acme", "1", core_range)


def test_only_groups_of_ours_count(install):
    others = [EntryPoint("x", "a:b", "console_scripts"), EntryPoint("y", "a:c", "seqrec.norm")]
    assert [point.name for point in install(distribution(points=others))] == ["y"]
    assert install(distribution(text="[console_scripts]\nx = a:b\n")) == []
    assert install(distribution(text=None)) == []


def test_of_two_distributions_of_one_name_the_first_on_the_path_counts(install):
    newer = [EntryPoint("other", VALUE, "seqrec.loss")]
    points = install(distribution("Acme.Losses"), distribution("acme-losses", points=newer))
    assert [point.name for point in points] == ["ce"]


def test_one_that_cannot_be_read_is_left_out_with_a_warning(install):
    class Damaged:
        def __iter__(self):
            raise TypeError

    with pytest.warns(RuntimeWarning, match=r"/site/bad is damaged .* no entry point"):
        points = install(distribution("bad", points=Damaged()), distribution())
    assert [point.distribution for point in points] == ["acme"]


def test_one_without_a_version_is_damaged(install):
    bare = distribution("bare")
    bare.read_text = {"entry_points.txt": "[seqrec.loss]", "METADATA": "Name: bare\n"}.get
    with pytest.warns(RuntimeWarning, match="METADATA has no name or no version"):
        assert install(bare) == []


def test_a_point_loads_a_module_or_what_is_in_it():
    assert Point("g", "n", "email.message", "d", "1").load().__name__ == "email.message"
    from email.message import Message

    assert Point("g", "n", "email.message:Message.keys", "d", "1").load() is Message.keys
    assert Point("g", "n", "email.message:Message", "d", "1").module == "email.message"


def test_a_distribution_is_found_where_its_metadata_lies():
    """`Distribution._path` is not public; without it the folder above must do."""
    from importlib.metadata import distribution as find

    assert installed.place_of(find("pytest")).endswith(".dist-info")
    assert installed.place_of(distribution("acme")) == "/site/acme"


def test_a_line_that_stands_twice_in_a_file_declares_once(tmp_path, monkeypatch):
    (tmp_path / "acme-1.dist-info").mkdir()
    line = f"ce = {VALUE}\n"
    text = f"[seqrec.loss]\n{line}{line}[seqrec.norm]\nx = a:b\n[seqrec.loss]\n{line}"
    (tmp_path / "acme-1.dist-info" / "entry_points.txt").write_text(text)
    (tmp_path / "acme-1.dist-info" / "METADATA").write_text("Name: acme\nVersion: 1\n")
    distributions = [PathDistribution(tmp_path / "acme-1.dist-info")]
    monkeypatch.setattr(installed, "distributions", lambda: distributions)
    assert [(p.group, p.name) for p in Registry().points] == [
        ("seqrec.loss", "ce"),
        ("seqrec.norm", "x"),
    ]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("A:x B:y", "is declared by A and by B; uninstall one of them"),
        ("A:x A:y", "is declared by A as ce = x and as ce = y; keep one of them, and install A "),
        ("A:x A:y B:z", "is declared by A and by B; uninstall one of them"),
    ],
)
def test_a_clash_says_whose_it_is_and_what_to_do(points, said):
    pairs = [words.split(":") for words in points.split()]
    rivals = [Point("seqrec.suites", "ce", value, owner, "1") for owner, value in pairs]
    assert installed.clash(rivals).startswith(said)
