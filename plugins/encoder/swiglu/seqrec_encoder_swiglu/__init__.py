"""The SwiGLU network, and the item encoder made of it."""
