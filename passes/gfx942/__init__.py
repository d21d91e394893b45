"""From linalg to kernels for gfx942 (MI300)."""
