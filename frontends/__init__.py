"""Models as their frontends write them, to linalg on tensors."""
