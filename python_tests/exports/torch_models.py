"""Exports small fp8 models of PyTorch to the torch dialect, and keeps what PyTorch computes.

    python torch_models.py [--check]

writes torch/NAME.mlir, which the pipeline import-torch takes, and in torch/results.npz the inputs
and results of each model, fp8 and bf16 as codes. With --check it writes nothing, and says which
files are no longer what it would write. It needs torch==2.13.0, torchao==0.18.0 and fnuz.

Sums are of small integers times powers of two: exact, so that their order changes no bit.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch's own documentation has it
from torch import Tensor, nn
from torch.nn.functional import ScalingType

from fnuz.bindings import dialects, load
from fnuz.frontends.torch import on_torch_dialect, to_array

FOLDER = Path(__file__).parent / "torch"
E4M3, E5M2 = torch.float8_e4m3fn, torch.float8_e5m2
BATCH = torch.export.Dim("batch", min=2, max=64)


@dataclass(frozen=True)
class Model:
    """What is exported, and what PyTorch and the import are run on.

    `exported_with` are the inputs of the export, where it is to be for other sizes too.
    """

    module: nn.Module
    inputs: tuple[Tensor, ...]
    exported_with: tuple[Tensor, ...] | None = None
    dynamic_shapes: Any = None
    decomposed: bool = True


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


def integers(*shape: int, largest: int = 3) -> Tensor:
    return torch.randint(-largest, largest + 1, shape).float()


def with_maximum(*shape: int) -> Tensor:
    """Integers of which each row has a 7: a scale of 7 / 448 is a power of two."""
    x = integers(*shape, largest=7)
    x[..., 1] = 7
    return x


def codes(dtype: torch.dtype) -> Tensor:
    return torch.arange(256).to(torch.uint8).view(dtype)


def finite_codes(dtype: torch.dtype) -> Tensor:
    every = codes(dtype)
    return every[every.float().isfinite()]


def edges(dtype: torch.dtype) -> Tensor:
    """Floats around every rounding and overflow of both formats, with NaN, Inf and -0."""
    values = torch.cat([codes(f).float() for f in (E4M3, E5M2)])
    more = [464, 465, 480, 496, 61439, 61440, 65535, 1e30, 1e-30, float("inf"), float("nan")]
    values = torch.cat([values, torch.tensor(more)])
    return torch.cat([values * f for f in (1.0, -1.0, 1.0625, 1.125, 1.25)]).to(dtype)


def to_fp8(*inputs: Tensor) -> list[Tensor]:
    return [x.to(f) for x in inputs for f in (E4M3, E5M2)]


def from_fp8(*inputs: Tensor) -> list[Tensor]:
    wide = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool, E4M3, E5M2)
    return [x.to(f) for x in inputs for f in wide]


def integers_from_fp8(*inputs: Tensor) -> list[Tensor]:
    whole = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)
    return [x.to(f) for x in inputs for f in whole]


def copies(x: Tensor, y: Tensor, row: Tensor) -> tuple[Tensor, ...]:
    return x.clone().copy_(y), x.clone().copy_(row), x.type(torch.float32).type_as(x)


def bits(x: Tensor, y: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    return (
        *(x.view(torch.uint8), x.view(torch.int8), y.view(torch.uint8)),
        *(u.view(E4M3).float(), u.view(E5M2), x.view(E5M2), x.view(E4M3)),
    )


def products(x: Tensor, w: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    stacked = x.reshape(2, -1, x.shape[-1])
    return (
        *(torch.mm(x, w.t()), torch.mm(x, w[:8, :4].contiguous()[: x.shape[1]].repeat(4, 1))),
        *(torch.addmm(bias, x, w.t()), F.linear(stacked, w, bias), stacked @ w.t()),
    )


def scaled(*, rows: bool, use_fast_accum: bool = False) -> Callable[..., Any]:
    def every_form(x: Tensor, w: Tensor, a: Tensor, b: Tensor, bias: Tensor) -> list[Tensor]:
        results = []
        for out_dtype in (torch.float32, torch.bfloat16, torch.float16, E4M3, E5M2, None):
            given = {"out_dtype": out_dtype, "use_fast_accum": use_fast_accum}
            results += [
                torch._scaled_mm(x, w.t(), a, b, **given),
                torch._scaled_mm(x, w.t(), a, b, bias=bias, **given),
                torch._scaled_mm(x, w.t(), a, b, bias=bias.bfloat16(), **given),
            ]
        if not rows:
            results.append(torch._scaled_mm(x, w.t(), a[None], b[None, None], out_dtype=E4M3))
        return results

    return every_form


def scale_result(x: Tensor, w: Tensor, a: Tensor, s: Tensor, bias: Tensor) -> list[Tensor]:
    results = []
    for out_dtype in (torch.float32, torch.bfloat16, E4M3, E5M2, None):
        for b in (None, bias.bfloat16()):
            if out_dtype == torch.float32 and b is not None:
                continue  # which the verifier of torch-mlir does not take
            given = {"bias": b, "scale_result": s, "out_dtype": out_dtype}
            results.append(torch._scaled_mm(x, w.t(), a, a, **given))
    return results


def functional_scaled_mm(x: Tensor, w: Tensor, a: Tensor, ra: Tensor, rb: Tensor) -> list[Tensor]:
    one, row = ScalingType.TensorWise, ScalingType.RowWise
    bias = torch.arange(16.0)
    return [
        F.scaled_mm(x, w.t(), a, one, a, one),
        F.scaled_mm(x, w.t(), a, one, a, one, bias=bias, output_dtype=torch.float32),
        F.scaled_mm(x, w.t(), ra, row, rb, row, bias=bias, output_dtype=torch.float32),
    ]


def limits(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    low, high = torch.tensor(-0.5, dtype=x.dtype), torch.tensor(448, dtype=x.dtype)
    return (
        *(x.clamp(-448, 448), x.clamp(min=0.25), x.clamp(max=0.25), torch.clamp_min(x, -2)),
        *(torch.clamp(x, low, high), torch.clamp(x, min=y), F.hardtanh(x, -2, 2)),
        *(torch.maximum(x[:, None], y), torch.minimum(x, y), F.relu6(x + 0.25), 1 / x, 448 / x),
        *(x.abs().amax(), x.amax(0, keepdim=True), x.clamp(-448, 448).to(E4M3)),
    )


class Linear(nn.Module):
    """A linear layer with fp8 weights, one scale each, for each row or for 128 of a row."""

    def __init__(self, dtype: torch.dtype, scales: str, inputs: int = 256) -> None:
        super().__init__()
        blocks = {"tensor": (1, 1), "row": (16, 1), "block": (16, inputs // 128)}[scales]
        w = torch.randint(-3, 4, (16, inputs)).float()
        self.blocked = w.reshape(16, blocks[1], -1).shape
        self.w = nn.Buffer(w.to(dtype))
        self.scale = nn.Buffer(2.0 ** torch.randint(-3, 3, (*blocks, 1)).float())
        self.bias = nn.Parameter(integers(16))

    def weight(self) -> Tensor:
        wide = self.w.float().reshape(self.blocked) * self.scale
        return wide.reshape(self.w.shape)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight(), self.bias)


class StaticLinear(Linear):
    """Quantizes with a scale that is known before, and saturates."""

    def forward(self, x: Tensor) -> Tensor:
        q = (x / 0.25).clamp(-448, 448).to(E4M3)
        return F.linear(q.float() * 0.25, self.weight(), self.bias)


class DynamicLinear(Linear):
    """Quantizes each row with the scale that it needs, for one torch._scaled_mm."""

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        scale = (rows.abs().amax(-1, keepdim=True) / 448).clamp(min=1e-12)
        q = (rows / scale).clamp(-448, 448).to(E4M3)
        w_scale = self.scale.reshape(1, -1)
        y = torch._scaled_mm(q, self.w.t(), scale, w_scale, bias=self.bias, out_dtype=torch.float32)
        return y.reshape(*x.shape[:-1], -1)


class DynamicTensorLinear(Linear):
    """Quantizes all of its input with the scale that it needs."""

    def forward(self, x: Tensor) -> Tensor:
        scale = x.abs().max() / 448
        q = (x * scale.reciprocal()).clamp(-448, 448).to(E4M3).reshape(-1, x.shape[-1])
        y = torch._scaled_mm(q, self.w.t(), scale, self.scale.reshape(()), out_dtype=torch.bfloat16)
        return y.reshape(*x.shape[:-1], -1).relu()


class Conv(nn.Module):
    """A convolution whose input and weights go through fp8."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.w = nn.Buffer(integers(4, 3, 3, 3).to(dtype))

    def forward(self, x: Tensor) -> Tensor:
        q = (x / 0.5).to(self.dtype)
        y = F.conv2d(q.float() * 0.5, self.w.float() * 0.125, stride=2, padding=1)
        return F.max_pool2d(y.relu(), 2).to(self.dtype)


def attention(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    """Rounded to fp8 again, which also rounds away how exactly exp was computed."""
    wide = k.float() * 0.25, v.float() * 0.5
    causal = F.scaled_dot_product_attention(q, *wide, is_causal=True)
    return F.scaled_dot_product_attention(q, *wide).to(E4M3), causal.to(E5M2)


def torchao(dtype: torch.dtype, config: Any) -> nn.Module:
    from torchao.quantization import quant_api, quantize_

    layers = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 16, bias=False))
    for parameter in layers.parameters():
        parameter.data = with_maximum(*parameter.shape) if parameter.ndim > 1 else integers(16)
    # It asks for a GPU, and then does all with ops that PyTorch's CPU has.
    with mock.patch.object(quant_api, "_check_hardware_support"):
        quantize_(layers.to(dtype).eval(), config)
    return layers


def moves(x: Tensor, y: Tensor, chosen: Tensor, mask: Tensor) -> list[Tensor]:
    """What PyTorch's CPU does with fp8 values without computing."""
    block = x.reshape(2, 8, 16)
    into = x.clone()
    into[1:2] = y[2:3]
    return [
        *(torch.cat([x, y], 1), torch.stack([x, y]), x.unfold(1, 4, 4)),
        *(F.embedding(chosen, x), x.index_select(1, chosen), x[:1].squeeze()),
        *(x[chosen], x[chosen, chosen], x[1], x[1:3, ::2], x.t(), block.permute(2, 0, 1)),
        *(block.transpose(0, 2).contiguous(), x[None].expand(3, 4, 64), x.repeat(2, 1)),
        *(x.tile(2, 2), x.repeat_interleave(2, 0), x.roll(3, 1), x.flatten(), x.diagonal()),
        *(x.unflatten(1, (8, 8)), x[:1].squeeze(0), x.unsqueeze(0), torch.where(mask, x, y)),
        *(*x.split(3, 0), *x.split([1, 3], 0), *x.chunk(2, 1), into, x.narrow(1, 2, 5)),
        *(torch.slice_scatter(x, y[1:3], 0, 1, 3), torch.select_scatter(x, y[0], 0, 2)),
        *(torch.zeros_like(x), torch.full_like(x, -0.3), x.new_zeros((2, 3)), x.clone().zero_()),
        *(torch.zeros(3, dtype=x.dtype), torch.ones(3, dtype=x.dtype), x.clone().fill_(1.5)),
        *(torch.full((3, 4), 0.3, dtype=x.dtype), x == y, x != y, x == 1.0, x != 0, x.isnan()),
    ]


def decomposed_moves(x: Tensor, y: Tensor, chosen: Tensor, mask: Tensor) -> list[Tensor]:
    """With what gets through torch-mlir only when it is decomposed."""
    padded = F.pad(x, (1, 2, 0, 1)), F.pad(x, (1, 2), value=0.3)
    return [*moves(x, y, chosen, mask), *padded, *x.unbind(), x.t().reshape(2, -1)]


def of_e5m2(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.isinf(), x.isnan()


def magnitudes(x: Tensor) -> Tensor:
    return x.abs()


def moved(dtype: torch.dtype, function: Callable[..., Any], decomposed: bool = True) -> Model:
    x = codes(dtype).reshape(4, 64)
    mask = torch.arange(256).reshape(4, 64) % 3 == 0
    inputs = (x, torch.roll(x.view(torch.uint8), 1, 0).view(dtype), torch.tensor([1, 3, 0]), mask)
    return Model(Function(function), inputs, decomposed=decomposed)


def models() -> dict[str, Callable[[], Model]]:
    """Every model by its name; they are made with the seed 0, one after the other."""
    from torchao.quantization import (
        Float8DynamicActivationFloat8WeightConfig,
        Float8WeightOnlyConfig,
        PerRow,
        PerTensor,
    )

    def f(function: Callable[..., Any], *inputs: Tensor) -> Model:
        return Model(Function(function), inputs)

    def matrices(a: torch.dtype, b: torch.dtype, largest: int = 3) -> tuple[Tensor, Tensor]:
        return integers(6, 32, largest=largest).to(a), integers(16, 32).to(b)

    def powers(*shape: int) -> Tensor:
        return 2.0 ** torch.randint(-3, 3, shape).float()

    def quantized(config: Any, dtype: torch.dtype = torch.bfloat16, *shape: int) -> Model:
        return Model(torchao(dtype, config), (with_maximum(*(shape or (4,)), 32).to(dtype),))

    floats = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
    whole = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)
    one, other = torch.tensor(0.25), torch.tensor(2.0)
    dynamic = Float8DynamicActivationFloat8WeightConfig
    return {
        "casts_to_fp8": lambda: f(to_fp8, *map(edges, floats)),
        "casts_as_written": lambda: Model(
            Function(to_fp8), (edges(torch.float32), edges(torch.float16)), decomposed=False
        ),
        "casts_of_integers": lambda: f(
            to_fp8,
            torch.tensor([True, False]),
            *(torch.arange(-128, 128).to(t) for t in whole[:2]),
            *(torch.tensor([0, 17, 464, 465, -465, 2**15 - 1, -(2**15)]).to(t) for t in whole[2:]),
            torch.tensor([2**31 - 1, -(2**62), 61439, 61440]),
        ),
        "casts_from_fp8": lambda: f(from_fp8, codes(E4M3), codes(E5M2)),
        "integers_from_fp8": lambda: f(integers_from_fp8, finite_codes(E4M3), finite_codes(E5M2)),
        "copies_e4m3": lambda: f(
            copies, integers(4, 8).to(E4M3), integers(4, 8) * 200, integers(8) * 200
        ),
        "bits": lambda: f(bits, codes(E4M3), codes(E5M2), codes(torch.uint8)),
        "products_of_codes": lambda: f(
            lambda x, y: x * y, codes(E4M3)[:, None], codes(E4M3)[None, ::9]
        ),
        "products_of_codes_e5m2": lambda: f(
            lambda x, y: x * y, codes(E5M2)[:, None], codes(E5M2)[None, ::9]
        ),
        "products_e4m3": lambda: f(products, *matrices(E4M3, E4M3, 9), integers(16).to(E4M3)),
        "products_e5m2": lambda: f(products, *matrices(E5M2, E5M2), integers(16).to(E5M2)),
        "scaled_mm": lambda: f(scaled(rows=False), *matrices(E4M3, E4M3), one, other, integers(16)),
        "scaled_mm_mixed": lambda: f(
            scaled(rows=False, use_fast_accum=True), *matrices(E5M2, E4M3), one, one, integers(16)
        ),
        "scaled_mm_rows": lambda: f(
            scaled(rows=True), *matrices(E4M3, E4M3), powers(6, 1), powers(1, 16), integers(16)
        ),
        "scaled_mm_result": lambda: f(
            scale_result, *matrices(E4M3, E4M3), one, torch.tensor(0.125), integers(16)
        ),
        "functional_scaled_mm": lambda: f(
            functional_scaled_mm, *matrices(E4M3, E4M3), one, powers(6, 1), powers(1, 16)
        ),
        "limits_f32": lambda: f(limits, edges(torch.float32)[500:540], integers(40) + 0.5),
        "limits_bf16": lambda: f(
            limits, *(x.bfloat16() for x in (edges(torch.float32)[500:540], integers(40) + 0.5))
        ),
        "weight_tensor_e4m3": lambda: Model(Linear(E4M3, "tensor"), (integers(3, 256),)),
        "weight_row_e5m2": lambda: Model(Linear(E5M2, "row"), (integers(2, 3, 256),)),
        "weight_block_e4m3": lambda: Model(Linear(E4M3, "block"), (integers(3, 256),)),
        "weight_block_e5m2": lambda: Model(Linear(E5M2, "block"), (integers(3, 256),)),
        "linear_static": lambda: Model(
            StaticLinear(E4M3, "row", 32), (torch.cat([integers(3, 32), integers(1, 32) * 100]),)
        ),
        "linear_dynamic_batch": lambda: Model(
            DynamicLinear(E4M3, "row", 32),
            (with_maximum(5, 3, 32),),
            exported_with=(with_maximum(4, 3, 32),),
            dynamic_shapes=({0: BATCH},),
        ),
        "linear_dynamic_tensor": lambda: Model(
            DynamicTensorLinear(E4M3, "tensor", 32),
            (with_maximum(7, 32),),
            exported_with=(with_maximum(4, 32),),
            dynamic_shapes=({0: BATCH},),
        ),
        "mm_dynamic_batch": lambda: Model(
            Function(lambda x, w: torch.mm(x, w.t())),
            matrices(E4M3, E4M3),
            exported_with=(integers(4, 32).to(E4M3), integers(16, 32).to(E4M3)),
            dynamic_shapes=(({0: BATCH}, None),),
        ),
        "conv_e4m3": lambda: Model(Conv(E4M3), (integers(1, 3, 8, 8, largest=9),)),
        "conv_e5m2": lambda: Model(Conv(E5M2), (integers(1, 3, 8, 8),)),
        "attention": lambda: f(
            attention,
            *(torch.randn(1, 2, 4, 8), torch.randn(1, 2, 4, 8).to(E4M3)),
            torch.randn(1, 2, 4, 8).to(E5M2),
        ),
        "torchao_weight_only": lambda: quantized(Float8WeightOnlyConfig()),
        "torchao_weight_only_f32": lambda: quantized(Float8WeightOnlyConfig(), torch.float32),
        "torchao_tensor": lambda: quantized(dynamic(granularity=PerTensor())),
        "torchao_tensor_f32": lambda: quantized(
            dynamic(granularity=PerTensor()), torch.float32, 2, 3
        ),
        "torchao_row": lambda: quantized(dynamic(granularity=PerRow())),
        "torchao_row_3d": lambda: quantized(dynamic(granularity=PerRow()), torch.bfloat16, 2, 3),
        "moves_e4m3": lambda: moved(E4M3, decomposed_moves),
        "moves_e5m2": lambda: moved(E5M2, decomposed_moves),
        "moves_as_written_e4m3": lambda: moved(E4M3, moves, decomposed=False),
        "moves_as_written_e5m2": lambda: moved(E5M2, moves, decomposed=False),
        "of_e5m2": lambda: f(of_e5m2, codes(E5M2)),
        # But for -0, of which PyTorch leaves the sign.
        "magnitudes": lambda: f(magnitudes, torch.cat([codes(E4M3)[:128], codes(E4M3)[129:]])),
    }


def export(model: Model) -> str:
    """The module in the torch dialect, as text without locations."""
    inputs = model.exported_with or model.inputs
    if model.decomposed:
        module = on_torch_dialect(model.module, inputs, dynamic_shapes=model.dynamic_shapes)
    else:
        program = torch.export.export(model.module, inputs).run_decompositions({})
        context = load().ir.Context()
        dialects.register(context)
        importer = load().module("extras.fx_importer").FxImporter(context=context)
        importer.import_frozen_program(program)
        module = importer.module
    return f"{module.operation.get_asm()}"


def run(model: Model) -> list[Tensor]:
    with torch.no_grad():
        results = model.module(*(x.clone() for x in model.inputs))
    return [results] if isinstance(results, Tensor) else list(results)


def main(check: bool) -> int:
    files, arrays = {}, {}
    for name, make in models().items():
        torch.manual_seed(0)
        model = make()
        files[f"{name}.mlir"] = export(model)
        for kind, tensors in (("in", model.inputs), ("out", run(model))):
            arrays.update({f"{name}.{kind}{i}": to_array(t) for i, t in enumerate(tensors)})
    if not check:
        for name, text in files.items():
            (FOLDER / name).write_text(text)
        np.savez_compressed(FOLDER / "results.npz", **arrays)
        return 0
    kept = np.load(FOLDER / "results.npz")
    stale = [n for n in files if not (FOLDER / n).is_file() or (FOLDER / n).read_text() != files[n]]
    stale += sorted({p.name for p in FOLDER.glob("*.mlir")} - files.keys())
    stale += [
        f"results.npz: {key}"
        for key in sorted(arrays.keys() | set(kept.files))
        if key not in arrays or key not in kept or arrays[key].tobytes() != kept[key].tobytes()
    ]
    print("\n".join(stale) or f"{len(files)} models are as kept")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
