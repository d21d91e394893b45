"""fuse-dequantize in parts: trace, contraction, plan, rewrite, and the driver of them all."""
