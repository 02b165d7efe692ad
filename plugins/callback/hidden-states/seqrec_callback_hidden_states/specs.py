"""The callback that collects what a model computes before its head, user by user."""

from seqrec_core.spec import CallbackSpec, param, spec


@spec
class HiddenStatesSpec(CallbackSpec):
    """Hidden states of all users of a prediction run."""

    target = "seqrec_callback_hidden_states.hidden_states:HiddenStatesCallback"
    hidden_state_index: int = param(-1, help="which of the model's hidden states, -1 is the last")

    def measures(self) -> tuple[str, ...]:
        """Nothing."""
        return ()
