"""How long training is where the spec leaves that to the data."""

import io

import pytest
from rich.console import Console
from seqrec_trainer_lightning.extent import extent_of
from tiny_runs import STEPS, Batches, Stream, fit, tiny_trainer


@pytest.mark.parametrize(
    ("steps", "extent"),
    [
        (175, (20, 1)),
        (100, (20, 1)),
        (50, (40, 1)),
        (9, (228, 6)),
        (1, (2000, 50)),
    ],
)
def test_small_data_get_more_epochs_and_about_forty_validations(steps, extent):
    assert extent_of(None, None, steps) == extent
    epochs, every = extent
    assert steps * epochs >= 2000
    assert epochs % every == 0  # the last epoch is validated
    assert steps * every >= 50


def test_what_is_set_stays():
    assert extent_of(None, None) == (20, 1)
    assert extent_of(4, None, 9) == (4, 1)
    assert extent_of(4, 0.25, 9) == (4, 0.25)
    assert extent_of(None, 0.5, 9) == (223, 0.5)
    assert extent_of(None, 3, 1000) == (20, 3)


@pytest.mark.slow
def test_a_run_of_small_data_is_long_and_says_so_and_goes_on_where_it_was(tmp_path):
    console = Console(file=io.StringIO(), width=200)
    settings = {"max_epochs": None, "log_every_n_steps": 1000}
    outcome = fit(tiny_trainer(**settings), tmp_path, console=console)
    measured = [row["epoch"] for row in outcome.rows if "hit@1" in row]
    assert outcome.rows[-1]["step"] == 170 * STEPS
    assert measured == list(range(5, 171, 5))
    first = console.file.getvalue().splitlines()[0]
    assert first.startswith("12 steps an epoch: up to 170 epochs, a validation every 5;")
    again = fit(tiny_trainer(**settings), tmp_path, resume=True)
    assert len(again.rows) == len(outcome.rows)


def test_a_loader_without_a_length_has_twenty_epochs(tmp_path):
    class Endless:
        def __iter__(self):
            yield from Stream()

    outcome = fit(tiny_trainer(max_epochs=None), tmp_path, Batches(train=[Endless()]))
    assert outcome.rows[-1]["epoch"] == 20
