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
