import pytest
import torch
from seqrec_optimizer_standard.optimizer_factory import OptimizerFactory

from seqrec_core.contracts import BaseOptimizerFactory


def created(factory: OptimizerFactory) -> torch.optim.Optimizer:
    return factory.create([torch.nn.Parameter(torch.zeros(1))])


def test_adam_has_the_settings_of_the_factory():
    adam = created(OptimizerFactory(learning_rate=0.5, betas=(0.5, 0.6), weight_decay=0.1))
    group = adam.param_groups[0]
    assert isinstance(adam, torch.optim.Adam)
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.5, (0.5, 0.6), 0.1)


def test_sgd_has_the_settings_of_the_factory():
    sgd = created(OptimizerFactory("sgd", 0.5, weight_decay=0.1, sgd_momentum=0.9))
    group = sgd.param_groups[0]
    assert isinstance(sgd, torch.optim.SGD)
    assert (group["lr"], group["momentum"], group["weight_decay"]) == (0.5, 0.9, 0.1)


def test_the_default_is_adam_as_the_reference_sets_it():
    group = created(OptimizerFactory()).param_groups[0]
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.001, (0.9, 0.98), 0)


def test_another_name_is_refused_with_those_that_are_there():
    with pytest.raises(ValueError, match="'adagrad'; choose 'adam' or 'sgd'"):
        OptimizerFactory("adagrad")  # type: ignore[arg-type]


def test_the_factory_is_what_the_core_calls_one():
    assert isinstance(OptimizerFactory(), BaseOptimizerFactory)
