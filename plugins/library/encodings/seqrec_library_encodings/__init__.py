"""Values of features as the data has them, as the numbers that models see, and back."""
