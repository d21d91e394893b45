"""What lower-onnx-fp8 does: ONNX nodes on fp8 values, before torch-mlir lowers the others."""
