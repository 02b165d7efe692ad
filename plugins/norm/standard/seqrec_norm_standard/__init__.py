"""Layer and root-mean-square normalisation."""
