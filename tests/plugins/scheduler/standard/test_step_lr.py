from seqrec_scheduler_standard.step_lr import LRSchedulerFactory
from torch.optim.lr_scheduler import StepLR


def test_the_rate_is_multiplied_every_few_epochs(rates):
    factory = LRSchedulerFactory(decay_step=2, gamma=0.5)
    assert rates(factory, 6) == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_by_default_the_rate_stays(rates):
    assert rates(LRSchedulerFactory(), 60) == [1] * 60


def test_the_schedule_itself_is_returned_which_moves_every_epoch(optimizer):
    assert isinstance(LRSchedulerFactory().create(optimizer), StepLR)
