"""fp8 linear layers, from PyTorch to FNUZ, and the proof that they kept every bit.

    python examples/pytorch_linear.py

Needs `pip install 'fnuz[torch]'`. Each layer quantizes its input with the scale that it needs, and
multiplies fp8 by fp8 with torch._scaled_mm, as fp8 models on GPUs do.
"""

import sys

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


def main() -> int:
    """Import, convert, run both on the CPU, compare; 0 if all bits are equal."""
    torch.manual_seed(0)
    model = nn.Sequential(Fp8Linear(nn.Linear(64, 32)), nn.ReLU(), Fp8Linear(nn.Linear(32, 16)))
    x = torch.randn(8, 64)
    # To linalg on tensors, fp8 as OCP has it.
    ocp = import_module(model, (x,))

    fnuz = cpu.clone(ocp)
    report = passes.Report()
    passes.run(fnuz, "ocp-to-fnuz", report=report)
    print(report.to_text())

    comparisons = Verifier(ocp, fnuz).run("main", [to_array(x)])
    for comparison in comparisons:
        print(f"OCP and FNUZ, {comparison}")
    return 0 if all(comparison.ok for comparison in comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
