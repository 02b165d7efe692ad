"""What is read of a body, and what is refused."""

import json

import pytest
from seqrec_tool_serve.questions import Limits, parsed, question_of, questions_of
from seqrec_tool_serve.refusal import RefusalError

LIMITS = Limits(history=3, top_k=5, candidates=6, questions=2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b'{"history": [NaN]}', "NaN is no number"),
        (b'{"at": 1e999}', "1e999 is too large a number"),
        (b'{"at": -12345678901234567890}', "too large a number; ids may be text"),
        (b'{"at": 9223372036854775808}', "too large a number"),
        (b'{"at": -9223372036854775809}', "too large a number"),
        (b"9" * 5_000, "too large a number"),
        (b"[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_json_is_refused(body, said):
    with pytest.raises(RefusalError) as refusal:
        parsed(body)
    assert refusal.value.status == 400
    assert said in refusal.value.remedy
    assert len(json.dumps(refusal.value.content())) < 1_000


@pytest.mark.parametrize(
    ("data", "where", "said"),
    [
        ([], "body", "give an object"),
        (None, "body", "give an object"),
        ({}, "history", "it is missing; give it"),
        ({"history": "item 1"}, "history", "should be a valid list"),
        ({"history": [], "topk": 3}, "topk", "no such field; the fields are history, top_k"),
        ({"history": [], "top_k": 0}, "top_k", "greater than or equal to 1"),
        ({"history": [], "top_k": True}, "top_k", "valid integer"),
        ({"history": [], "top_k": 2.5}, "top_k", "valid integer"),
        ({"history": [], "at": [3]}, "at", "give seconds, or a date"),
        ({"history": [], "user": [3]}, "user", "valid dictionary"),
        ({"history": [], "keep_seen": 1}, "keep_seen", "valid boolean"),
        ({"history": [1, 2, 3, 4]}, "history", "at most 3 are taken here; give the last events"),
        ({"history": [], "top_k": 6}, "top_k", "at most 5 are taken here; ask for fewer"),
        ({"history": [], "exclude": [*range(6)]}, "exclude", "at most 5"),
        ({"history": [], "candidates": [*range(7)]}, "candidates", "at most 6"),
        ({str(each): each for each in range(10**5)}, "0", "no such field"),
        ({"x" * 10**5: 0}, "x" * 100, "no such field"),
    ],
)
def test_a_faulty_question_is_refused_with_its_place(data, where, said):
    with pytest.raises(RefusalError) as refusal:
        question_of(data, LIMITS)
    assert (refusal.value.status, refusal.value.where) == (422, where)
    assert said in refusal.value.remedy


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 10**18, 0])
def test_numbers_of_64_bits_are_ids(number):
    assert parsed(json.dumps([number]).encode()) == [number]


def test_a_question_is_read_with_its_defaults():
    question = question_of({"history": [1, {"item": "a"}], "at": "2026-01-31"}, LIMITS)
    assert question.history == [1, {"item": "a"}]
    assert (question.top_k, question.candidates) == (5, None)  # 10, but 5 are all that is allowed
    assert question_of({"history": []}, Limits()).top_k == 10
    assert (question.exclude, question.keep_seen, question.skip_unknown) == ([], False, False)


def test_of_several_the_faulty_one_is_refused_by_itself():
    good, bad = questions_of({"requests": [{"history": [], "top_k": 1}, {"top_k": 1}]}, LIMITS)
    assert good.top_k == 1
    assert bad.where == "requests[1].history"


@pytest.mark.parametrize("data", [[], {}, {"requests": 3}, {"requests": [], "more": 1}, None])
def test_what_holds_no_questions_is_refused(data):
    with pytest.raises(RefusalError, match="body"):
        questions_of(data, LIMITS)


def test_too_many_questions_are_too_large():
    with pytest.raises(RefusalError) as refusal:
        questions_of({"requests": [{"history": []}] * 3}, LIMITS)
    assert (refusal.value.status, refusal.value.value) == (413, 3)
