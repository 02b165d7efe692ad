"""Learning-rate schedules over a whole training: cosine, one cycle, inverse square root."""
