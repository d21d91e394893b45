"""fnuz.frontends.torch with PyTorch itself, where that is installed: pip install 'fnuz[torch]'."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imported
import numpy as np
import pytest

from fnuz import bindings, passes
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.frontends.errors import ImportFailed

ROOT = Path(__file__).parents[1]

with_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)

if importlib.util.find_spec("torch") is not None:
    import torch
    from torch.nn import functional

    from fnuz.frontends.torch import import_module, on_torch_dialect, to_array

    class Model(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, function: Callable[..., Any]) -> None:
            super().__init__()
            self.function = function

        def forward(self, *inputs: Any, **more: Any) -> Any:
            return self.function(*inputs, **more)


def test_without_pytorch_the_error_says_what_to_install() -> None:
    script = "import sys; sys.modules['torch'] = None; import fnuz.frontends.torch"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == "ImportError: importing PyTorch models needs torch: pip install 'fnuz[torch]'"


def same_bits(got: Any, want: Any) -> bool:
    """Whether an array is a tensor, bit for bit; NaN may be any NaN."""
    nan = want.float().isnan().numpy()
    tensor = torch.from_numpy(got.copy()).view(want.dtype)
    both_nan = tensor.float().isnan().numpy() & nan
    return bool(((got == to_array(want)) | both_nan).all()) and got.shape == tuple(want.shape)


def check(module: Any, want: Any, *inputs: Any) -> None:
    """The module gives PyTorch's bits, and its conversion the same."""
    arrays = list(map(to_array, inputs))
    (got,) = imported.run(module, *arrays)
    assert same_bits(got, want)
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None)
    (comparison,) = Verifier(module, converted, opt_level=0).run("main", arrays)
    assert comparison.ok, comparison


@with_torch
@pytest.mark.parametrize("to", ["float8_e4m3fn", "float8_e5m2"])
@pytest.mark.parametrize("of", ["float16", "bfloat16", "float32", "float64"])
def test_casts_of_every_16_bit_float(of: str, to: str) -> None:
    codes = torch.arange(65536, dtype=torch.int32).to(torch.int16)
    x = codes.view(torch.float16 if of in ("float16", "float64") else torch.bfloat16)
    x, fp8 = x.to(getattr(torch, of)), getattr(torch, to)
    check(import_module(Model(lambda x: x.to(fp8)), (x,)), x.to(fp8), x)


@with_torch
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("out", ["float32", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"])
@pytest.mark.parametrize("of_bias", ["float32", "bfloat16", "float16"])
def test_scaled_mm_with_every_bias_and_scale_result(of_bias: str, out: str, rows: bool) -> None:
    """PyTorch's CPU takes each, torch-mlir's verifier some: sums are exact, so bits are equal."""
    torch.manual_seed(0)
    x, w = (torch.randint(-3, 4, (n, 32)).to(torch.float8_e4m3fn) for n in (6, 16))
    scales = torch.tensor(0.25), torch.tensor(2.0)
    if rows:
        scales = 2.0 ** torch.arange(-3, 3).reshape(6, 1), 2.0 ** (torch.arange(16) % 5)[None]
    bias = torch.randint(-9, 9, (16,)).to(getattr(torch, of_bias))
    last, out_dtype = torch.tensor(4.0), getattr(torch, out)

    def scaled_mm(x: Any, w: Any, a: Any, b: Any, bias: Any, last: Any) -> Any:
        return torch._scaled_mm(x, w.t(), a, b, bias, last, out_dtype)

    inputs = (x, w, *scales, bias, last)
    check(import_module(Model(scaled_mm), inputs), scaled_mm(*inputs), *inputs)


@with_torch
@pytest.mark.parametrize("rows", [False, True])
def test_scaled_mm_within_the_bound_of_f32_sums(rows: bool) -> None:
    """PyTorch scales before the sum and the import after it: each within K + 4 roundings."""
    torch.manual_seed(0)
    x, w = (torch.randn(n, 256).to(torch.float8_e4m3fn) for n in (16, 32))
    a, b = (torch.rand(16, 1), torch.rand(1, 32)) if rows else (torch.rand(()), torch.rand(()))

    def scaled_mm(x: Any, w: Any, a: Any, b: Any) -> Any:
        return torch._scaled_mm(x, w.t(), a, b, out_dtype=torch.float32)

    inputs = (x, w, a, b)
    module = import_module(Model(scaled_mm), inputs)
    (got,) = imported.run(module, *map(to_array, inputs))
    exact = (x.double() @ w.double().t()) * a.double() * b.double()
    size = (x.double().abs() @ w.double().abs().t()) * a.double() * b.double()
    bound = ((256 + 4) * 2.0**-24 * size).numpy()
    for result in (got, scaled_mm(*inputs).numpy()):
        assert (np.abs(result - exact.numpy()) <= bound).all()


@with_torch
def test_takes_an_exported_program_a_context_and_keywords() -> None:
    def scaled(x: Any, *, by: Any) -> Any:
        return (x * by).to(torch.float8_e4m3fn)

    x, by = torch.arange(8.0), torch.tensor(100.0)
    context = bindings.load().ir.Context()
    with_keywords = import_module(Model(scaled), (x,), {"by": by}, context=context)
    assert with_keywords.context == context
    check(with_keywords, scaled(x, by=by), x, by)
    program = torch.export.export(Model(scaled), (x,), {"by": by})
    assert str(import_module(program, context=context)) == str(with_keywords)


@with_torch
def test_a_dynamic_batch_takes_any_size() -> None:
    batch = torch.export.Dim("batch", min=2, max=100)
    square = lambda x: (x.clamp(-448, 448).to(torch.float8_e4m3fn)).float() * x  # noqa: E731
    x = torch.randn(4, 8) * 200
    module = import_module(Model(square), (x,), dynamic_shapes=(({0: batch},),))
    for size in (2, 9):
        x = torch.randn(size, 8) * 200
        check(module, square(x), x)


def refused(function: Callable[..., Any], *inputs: Any) -> str:
    with pytest.raises(ImportFailed) as failed:
        import_module(Model(function), inputs)
    (diagnostic, *_) = failed.value.diagnostics
    assert diagnostic.file == __file__
    return str(failed.value)


@with_torch
def test_errors_name_the_op_its_types_and_the_line() -> None:
    x = torch.ones(4, 8)
    x8 = x.to(torch.float8_e4m3fn)
    message = refused(lambda x: x + x, x8)
    assert "'torch.aten.add.Tensor' op on !torch.vtensor<[4,8],f8E4M3FN> cannot be" in message
    message = refused(lambda x: torch.sort(x)[0], x)
    assert "'tm_tensor.sort'" in message
    assert "tensor<4x8xf32>" in message
    message = refused(lambda x: torch.linalg.svd(x)[1], x)
    assert "'torch.aten._linalg_svd' op cannot be imported: nothing lowers it" in message
    message = refused(lambda x: torch.fft.fft(x).real, x)
    assert "torch-mlir has no lowering of" in message
    assert "'torch.aten.fft_fft' from (!torch.vtensor<[4,8],f32>" in message


@with_torch
def test_errors_of_the_export_are_at_the_line_of_the_model() -> None:
    def data_dependent(x: Any) -> Any:
        return x if x.sum() > 0 else -x

    line = data_dependent.__code__.co_firstlineno + 1
    message = refused(data_dependent, torch.ones(4))
    assert message.startswith(f"{__file__}:{line}:0: error: torch.export does not take the model: ")


@with_torch
def test_scaled_mm_of_blocks_is_refused() -> None:
    blocks = functional.ScalingType.BlockWise1x128

    def scaled_mm(x: Any, w: Any, a: Any, b: Any) -> Any:
        return functional.scaled_mm(x, w.t(), a, blocks, b, blocks)

    x, w = (torch.ones(n, 256).to(torch.float8_e4m3fn) for n in (128, 256))
    a, b = torch.ones(2, 128).t(), torch.ones(2, 256).t()
    message = refused(scaled_mm, x, w, a, b)
    assert "only TensorWise and RowWise scales for both operands are lowered" in message


@with_torch
def test_the_import_is_valid_before_it_is_lowered() -> None:
    x = torch.ones(4, 8)
    assert on_torch_dialect(Model(lambda x: x.to(torch.float8_e5m2)), (x,)).operation.verify()


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@with_torch
def test_the_kept_models_are_what_would_be_exported() -> None:
    pytest.importorskip("torchao", reason="torchao is not installed")
    done = run(Path(__file__).parent / "exports" / "torch_models.py", "--check")
    assert (done.returncode, done.stdout) == (0, "41 models are as kept\n"), done.stderr


@with_torch
def test_the_example_runs() -> None:
    done = run(ROOT / "examples" / "pytorch_linear.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("equal bits")
