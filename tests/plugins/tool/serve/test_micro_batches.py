"""What questions get together is what each gets alone."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from seqrec_tool_recommend.recommender import Recommender
from seqrec_tool_serve.micro_batches import answers_of
from seqrec_tool_serve.questions import Question
from seqrec_tool_serve.refusal import RefusalError
from untrained_bundle import named, written

from seqrec_core.errors import DataError

ITEMS = 131
CLOSE = 1e-5  # a few units in the last place: a matrix product rounds by the size of the batch


def question(**fields):
    return Question.model_validate(fields)


def alone(recommender, question):
    """The answer in the plainest way: rank everything, then drop and cut."""
    candidates = question.candidates
    if candidates is not None and question.skip_unknown:
        candidates = [item for item in candidates if recommender.knows(item)]
    [rows] = recommender.recommend(
        [question.history],
        ITEMS,
        candidates=candidates,
        keep_seen=question.keep_seen,
        skip_unknown=question.skip_unknown,
    )
    dropped = set(map(str, question.exclude))
    return [row for row in rows if row.item not in dropped][: question.top_k]


def drawn(draw):
    def some(most):
        return named(draw.choices(range(ITEMS), k=draw.randint(0, most)))

    fields = {"history": some(9), "top_k": draw.choice((1, 3, 10, 40, 131, 500))}
    if draw.random() < 0.4:
        fields["candidates"] = some(40) + ["new"] * draw.randint(0, 1)
        fields["skip_unknown"] = "new" in fields["candidates"]
    if draw.random() < 0.4:
        fields["exclude"] = [*some(20), "never heard of"]
    if draw.random() < 0.3:
        fields |= {"history": [*fields["history"], "new"], "skip_unknown": True}
    fields["keep_seen"] = draw.random() < 0.3
    return question(**fields)


def assert_same(answer, expected):
    """The same scores, to a unit in the last places of float32, and items, unless they tie."""
    scores = [row.score for row in expected]
    assert [row.score for row in answer] == pytest.approx(scores, abs=CLOSE)
    assert len({row.item for row in answer}) == len(answer)
    own = {row.item: row.score for row in expected}
    for row in answer:
        assert row.score == pytest.approx(own.get(row.item, scores[-1]), abs=CLOSE)


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_random_mixes_of_32_threads_get_what_each_gets_alone(tmp_path, model):
    recommender = Recommender.load(written(tmp_path, model))

    def mix(seed):
        draw = random.Random(seed)
        questions = [drawn(draw) for _ in range(draw.randint(1, 12))]
        return questions, answers_of(recommender, questions)

    with ThreadPoolExecutor(32) as threads:
        for questions, answers in threads.map(mix, range(32)):
            for each, answer in zip(questions, answers, strict=True):
                assert_same(answer, alone(recommender, each))


def test_a_question_without_company_gets_every_bit_of_what_the_recommender_says(tmp_path):
    recommender = Recommender.load(written(tmp_path, "two_tower"))
    for history in (named([1, 2, 3]), []):
        [answer] = answers_of(recommender, [question(history=history, exclude=named([5]))])
        [rows] = recommender.recommend([history], 11)
        assert answer == [row for row in rows if row.item != "item 5"][:10]


def test_a_bad_question_fails_nobody_else(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    good = [question(history=named([1, 2])), question(history=[], top_k=3)]
    bad = [
        question(history=["item 1", "nothing"]),
        question(history=[{"price": 3}]),
        question(history=[None]),
        question(history=[["item 1"]]),
        question(history=named([1]), user={"age": 3}),
        question(history=named([1]), at="tomorrow"),
        question(history=named([1]), candidates=["item 1", "nothing"]),
        question(history=["item 1", {"a": 1}], skip_unknown=True),
        question(history=[], at=10**30),
    ]
    mixed = [bad[0], good[0], *bad[1:4], good[1], *bad[4:]]
    answers = answers_of(recommender, mixed)
    assert_same(answers[1], alone(recommender, good[0]))
    assert_same(answers[5], alone(recommender, good[1]))
    refusals = [each for each in answers if isinstance(each, RefusalError)]
    assert [(each.where, each.value) for each in refusals] == [
        ("history[1]", "nothing"),
        ("history[0]", {"price": 3}),
        ("history[0]", None),
        ("history[0]", ["item 1"]),
        ("user", {"age": 3}),
        ("at", "tomorrow"),
        ("candidates[1]", "nothing"),
        ("history[1]", {"a": 1}),
        ("at", 10**30),
    ]
    assert not any(word in each.remedy for each in refusals for word in ("history 0", "--"))
    assert {each.status for each in refusals} == {422}


def test_few_passes_answer_many(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))
    passes, recommend = [], recommender.recommend

    def counted(histories, *arguments, **settings):
        passes.append(len(histories))
        return recommend(histories, *arguments, **settings)

    monkeypatch.setattr(recommender, "recommend", counted)
    answers_of(recommender, [question(history=[], top_k=k) for k in range(1, 33)])
    assert passes == [32]
    passes.clear()
    wide = [question(history=[], candidates=named(range(n))) for n in (2, 1, 3)]
    answers_of(recommender, wide)
    assert passes == [3]


def test_candidates_of_many_are_not_held_at_once(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))
    monkeypatch.setattr("seqrec_tool_serve.micro_batches._SCORES", 100)
    wide = [question(history=[], candidates=named(range(n))) for n in (60, 2, 50, 131, 1)]
    for each, answer in zip(wide, answers_of(recommender, wide), strict=True):
        assert_same(answer, alone(recommender, each))


class Failing:
    """A recommender whose model fails for some histories, or always."""

    def __init__(self, recommender, fails):
        self.recommender, self.fails = recommender, fails
        self.knows, self.check = recommender.knows, recommender.check

    def recommend(self, histories, *arguments, **settings):
        if any(map(self.fails, histories)):
            raise self.error
        return self.recommender.recommend(histories, *arguments, **settings)

    error = DataError("the model's scores are not finite")


def test_a_model_that_fails_for_one_history_answers_the_others(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    failing = Failing(recommender, lambda history: "item 7" in history)
    questions = [question(history=named([n])) for n in (6, 7, 8)]
    answers = answers_of(failing, questions)
    assert (answers[1].status, answers[1].remedy) == (422, "the model's scores are not finite")
    for place in (0, 2):
        assert_same(answers[place], alone(recommender, questions[place]))


@pytest.mark.parametrize("error", [DataError("secret"), RuntimeError("secret")])
def test_a_model_that_always_fails_is_a_fault_without_its_internals(tmp_path, error, caplog):
    failing = Failing(Recommender.load(written(tmp_path)), lambda _: True)
    failing.error = error
    answers = answers_of(failing, [question(history=[]), question(history=named([1]))])
    assert [each.status for each in answers] == [500, 500]
    assert "secret" not in str([each.content() for each in answers])
    assert "secret" in caplog.text
