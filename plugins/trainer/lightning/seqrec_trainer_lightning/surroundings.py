"""What a run leaves in its process as it was."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

OF_SEEDS = ("PL_GLOBAL_SEED", "PL_SEED_WORKERS")


@contextmanager
def same_surroundings() -> Iterator[None]:
    """Puts back handlers of signals, variables of the environment and settings of PyTorch.

    Lightning keeps a handler, and through it trainer and model, beyond the end of a fit; it has
    Ctrl-C ignored after one. What several processes know each other by stays.
    """
    is_main = threading.current_thread() is threading.main_thread()
    numbers = signal.valid_signals() if is_main else ()
    handlers = {number: signal.getsignal(number) for number in numbers}
    variables = {name: os.environ.get(name) for name in OF_SEEDS}
    cudnn = torch.backends.cudnn
    settings = cudnn.benchmark, cudnn.deterministic, torch.is_grad_enabled()
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        cudnn.benchmark, cudnn.deterministic = settings[:2]
        torch.set_grad_enabled(settings[2])
