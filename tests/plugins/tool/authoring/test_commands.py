"""What `seqrec plugins new` and `doctor` print, and how they end."""

import pytest
from command_line import seqrec
from seqrec_tool_authoring.doctor import Finding


def test_new_says_what_to_do_next_and_refuses_to_overwrite(tmp_path):
    command = ("plugins", "new", "acme-new", "--kind", "norm", "--out", tmp_path)
    first = seqrec(*command)
    assert first.returncode == 0, first.stderr
    assert [line.strip() for line in first.stdout.splitlines()] == [
        f"wrote {tmp_path / 'acme-new'}; next:",
        f"cd {tmp_path / 'acme-new'}",
        'pip install -e ".[test]"',
        "pytest",
    ]
    again = seqrec(*command)
    assert (again.returncode, again.stdout) == (2, "")
    assert "exists; choose another name" in again.stderr
    assert "Traceback" not in again.stderr


def test_new_adds_to_a_project_of_another_kind(tmp_path):
    project = tmp_path / "acme-new"
    first = ("plugins", "new", "acme-new", "--kind", "norm", "--component", "mean")
    assert seqrec(*first, "--out", tmp_path).returncode == 0
    added = seqrec("plugins", "new", "steady", "--kind", "scheduler", "--add-to", project)
    assert added.returncode == 0, added.stderr
    assert added.stdout.startswith(f"added {project / 'acme_new' / 'steady.py'}; next:\n")
    assert (project / "acme_new" / "mean.py").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--add-to", "x", "--family", "y"), "drop --family, --out and --author"),
        (("--add-to", "x", "--author", "y"), "drop --family, --out and --author"),
        (("--add-to", "x", "--component", "y"), "NAME is the component; drop --component"),
        (("--family", "x", "--component", "y"), "NAME is the component; drop --component"),
        (("--add-to", "no-such-folder"), "is no project, as it has no pyproject.toml"),
    ],
)
def test_new_refuses_options_that_contradict_each_other(options, words):
    done = seqrec("plugins", "new", "acme-new", "--kind", "norm", *options)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("findings", "code", "words"),
    [
        ([], 0, ["all well"]),
        ([Finding("acme-loss", "is damaged", "remove it")], 1, ["acme-loss", "is damaged"]),
    ],
)
def test_doctor_prints_what_is_wrong_and_then_ends_with_1(monkeypatch, findings, code, words):
    waited = []

    def diagnose(seconds):
        waited.append(seconds)
        return findings

    monkeypatch.setattr("seqrec_tool_authoring.doctor.diagnose", diagnose)
    result = seqrec("plugins", "doctor", "--timeout", 7)
    assert result.returncode == code
    assert all(word in result.stdout for word in words)
    assert waited == [7]
