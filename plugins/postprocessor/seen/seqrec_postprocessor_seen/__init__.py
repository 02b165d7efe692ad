"""Postprocessors that change logits before they are ranked; the filter of seen items."""
