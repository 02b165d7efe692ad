"""Learning-rate schedules: steps and a warm-up."""
