"""Who waits together is answered together."""

import asyncio
import time

import pytest
from seqrec_tool_serve.refusal import RefusalError
from seqrec_tool_serve.waiting_line import WaitingLine


def run(talk, answer=None, **settings):
    """What `talk(line)` gives, and the batches that were answered."""
    batches = []

    def answered(questions):
        batches.append(list(questions))
        return (answer or (lambda several: [10 * each for each in several]))(questions)

    async def conversation():
        line = WaitingLine(answered, **{"most": 8, "room": 100, "wait_s": 0.01, **settings})
        line.start()
        try:
            return await talk(line)
        finally:
            await line.close()

    return asyncio.run(conversation()), batches


def test_those_who_come_within_the_wait_are_one_batch():
    async def talk(line):
        return await asyncio.gather(*(line.ask([number]) for number in range(5)))

    answers, batches = run(talk)
    assert answers == [[0], [10], [20], [30], [40]]
    assert batches == [[0, 1, 2, 3, 4]]


def test_those_who_come_while_it_answers_are_the_next_batch_at_once():
    def slow(questions):
        time.sleep(0.1)
        return questions

    async def talk(line):
        first = asyncio.create_task(line.ask([0]))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(line.ask([number])) for number in (1, 2, 3)]
        return [await each for each in (first, *rest)]

    answers, batches = run(talk, slow, wait_s=0)
    assert answers == [[0], [1], [2], [3]]
    assert batches == [[0], [1, 2, 3]]


def test_a_batch_has_at_most_so_many():
    async def talk(line):
        return await line.ask([*range(20)])

    answers, batches = run(talk)
    assert answers == [10 * number for number in range(20)]
    assert [len(batch) for batch in batches] == [8, 8, 4]


def test_a_full_line_refuses_and_goes_on():
    async def talk(line):
        waiting = asyncio.create_task(line.ask([1, 2]))
        await asyncio.sleep(0)
        with pytest.raises(RefusalError) as refusal:
            await line.ask([3, 4])
        assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "1"})
        return await waiting, await line.ask([5])

    answers, batches = run(talk, room=3)
    assert answers == ([10, 20], [50])
    assert batches == [[1, 2], [5]]


def test_who_gives_up_is_not_answered():
    async def talk(line):
        quitter = asyncio.create_task(line.ask([1]))
        await asyncio.sleep(0)
        quitter.cancel()
        return await line.ask([2])

    assert run(talk) == ([20], [[2]])


def test_who_gives_up_leaves_a_place():
    async def talk(line):
        quitters = [asyncio.create_task(line.ask([number])) for number in range(3)]
        await asyncio.sleep(0)
        for each in quitters:
            each.cancel()
        return await asyncio.gather(line.ask([3, 4]), line.ask([5]))

    assert run(talk, room=3) == ([[30, 40], [50]], [[3, 4, 5]])


def test_a_line_that_nobody_waits_in_takes_more_than_its_room():
    async def talk(line):
        return await line.ask([*range(10)])

    answers, batches = run(talk, room=3)
    assert answers == [10 * number for number in range(10)]
    assert [each for batch in batches for each in batch] == [*range(10)]


def test_a_failure_reaches_those_of_its_batch_alone():
    def failing(questions):
        if 1 in questions:
            raise ArithmeticError("no")
        return questions

    async def talk(line):
        first = await asyncio.gather(line.ask([1]), line.ask([2]), return_exceptions=True)
        return [type(each) for each in first], await line.ask([3])

    answers, _ = run(talk, failing)
    assert answers == ([ArithmeticError, ArithmeticError], [3])
