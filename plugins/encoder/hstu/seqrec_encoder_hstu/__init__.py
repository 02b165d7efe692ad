"""The HSTU encoder: pointwise attention without softmax."""
