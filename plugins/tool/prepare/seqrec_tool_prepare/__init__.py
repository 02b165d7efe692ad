"""Turns a file of interactions into the data folder that models train and predict on."""
