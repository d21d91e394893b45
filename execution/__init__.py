"""Runs modules on the CPU: `cpu.compile`, `compare.Verifier`, random `inputs`."""
