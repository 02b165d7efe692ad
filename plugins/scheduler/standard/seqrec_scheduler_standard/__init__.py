"""Learning-rate schedules: steps, a warm-up, two heights, a plateau."""
