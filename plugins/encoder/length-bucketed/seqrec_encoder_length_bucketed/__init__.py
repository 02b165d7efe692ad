"""An encoder that takes sequences of similar length together, in training."""
