"""What models of the next item share: the body, the forward pass, default parts by name."""
