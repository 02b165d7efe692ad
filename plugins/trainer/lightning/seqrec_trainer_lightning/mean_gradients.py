"""The mean gradients of several processes, which does not depend on the order of its terms."""

from typing import Any

import lightning
import torch
from torch.distributed import GradBucket  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel


def take_exact_means(trainer: lightning.Trainer) -> None:
    """Has DistributedDataParallel add up in float64 on CPUs, before training begins.

    The first step after a start sums its gradients in another order than those that follow. Three
    or more processes would go on from a checkpoint with other last digits than without a stop.
    """
    replica = trainer.strategy.model
    is_on_cpu = trainer.strategy.root_device.type == "cpu"
    if isinstance(replica, DistributedDataParallel) and is_on_cpu:
        replica.register_comm_hook(None, _mean)


def _mean(state: None, bucket: GradBucket) -> torch.futures.Future[torch.Tensor]:
    """The mean of a bucket over all processes, rounded once."""
    gradients = bucket.buffer()
    total = gradients.double()
    work = torch.distributed.all_reduce(total, async_op=True)

    def rounded(future: torch.futures.Future[Any]) -> torch.Tensor:
        mean = future.value()[0] / torch.distributed.get_world_size()
        return mean.to(gradients.dtype) if mean.is_sparse else gradients.copy_(mean)

    result: torch.futures.Future[torch.Tensor] = work.get_future().then(rounded)
    return result
