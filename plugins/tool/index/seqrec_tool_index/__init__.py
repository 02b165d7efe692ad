"""An index of the items of a bundle."""
