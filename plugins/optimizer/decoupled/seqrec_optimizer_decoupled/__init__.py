"""Optimisers whose weight decay is no gradient: AdamW and Lion."""
