"""Binary cross-entropy: each item is a yes or no, over the catalogue or a sample."""
