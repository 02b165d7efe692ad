"""Callbacks: one is right, each of the others wrong in one way."""

from lightning.pytorch import Callback


class Healthy(Callback):
    """Counts batches."""

    def __init__(self):
        self.batches = 0

    def on_predict_epoch_start(self, trainer, module):
        self.batches = 0

    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1

    def get_result(self):
        return self.batches

    def state_dict(self):
        return {"batches": self.batches}

    def load_state_dict(self, state_dict):
        self.batches = state_dict["batches"]


class ForgetsItsState(Healthy):
    def load_state_dict(self, state_dict):
        pass


class AddsUpRuns(Healthy):
    def on_predict_epoch_start(self, trainer, module):
        pass


class ChangesOutputs(Healthy):
    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1
        outputs["logits"].fill_(0)


class ChangesTheBatch(Healthy):
    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1
        batch["query_id"].add_(1)
