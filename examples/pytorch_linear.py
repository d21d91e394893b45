"""A PyTorch model with fp8 linear layers, imported, converted to FNUZ and verified.

    pip install 'fnuz[torch]'
    python pytorch_linear.py

Each layer quantizes its input with the scale that it needs and multiplies fp8 by fp8 with
torch._scaled_mm, as fp8 models on GPUs do.
"""

import torch
from torch import Tensor, nn

from fnuz import passes
from fnuz.execution import cpu
from fnuz.execution.compare import Verifier
from fnuz.frontends.torch import import_module, to_array


class Fp8Linear(nn.Module):
    """Of an nn.Linear: weights in float8_e4m3fn with one scale for each row."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        scale = linear.weight.detach().abs().amax(1, keepdim=True) / 448
        self.weight = nn.Buffer((linear.weight.detach() / scale).to(torch.float8_e4m3fn))
        self.scale = nn.Buffer(scale.reshape(1, -1))
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        scale = x.abs().amax(1, keepdim=True).clamp(min=1e-12) / 448
        q = (x / scale).to(torch.float8_e4m3fn)
        y = torch._scaled_mm(q, self.weight.t(), scale, self.scale, out_dtype=torch.float32)
        return y + self.bias


def main() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(Fp8Linear(nn.Linear(64, 32)), nn.ReLU(), Fp8Linear(nn.Linear(32, 16)))
    x = torch.randn(8, 64)

    module = import_module(model, (x,))
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz")
    for name, text in (("imported", str(module)), ("converted", str(converted))):
        products = [line.strip() for line in text.splitlines() if "linalg.matmul" in line]
        print(f"{name}: {len(products)} fp8 products, the first\n  {products[0]}")

    verifier = Verifier(module, converted)
    for comparison in verifier.run("main", [to_array(x)]):
        print(f"OCP and FNUZ: {comparison}")


if __name__ == "__main__":
    main()
