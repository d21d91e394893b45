"""Modules without fp8 run on the CPU and give the bits that numpy gives."""

import subprocess
import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from fnuz import bindings
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.errors import CannotRun

F32 = np.float32
BF16 = ml_dtypes.bfloat16


def parse(text: str) -> Any:
    return bindings.load().ir.Module.parse(text, context=bindings.load().ir.Context())


def run(text: str, *arrays: Any) -> list[Any]:
    program = cpu.compile(parse(text))
    return program.run(next(iter(program.functions)), arrays).results


def assert_same(got: Any, want: Any) -> None:
    """The same shape, dtype and bits; a NaN equals a NaN."""
    got, want = np.asarray(got), np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    bits = f"u{want.dtype.itemsize}"
    both_nan = (got != got) & (want != want)
    different = np.flatnonzero((got.view(bits) != want.view(bits)) & ~both_nan)
    assert not different.size, (different.size, got.flat[different[0]], want.flat[different[0]])


def unary(op: str, source: str, target: str) -> str:
    to = f" to tensor<?x{target}>" if target != source else ""
    return f"""func.func @f(%a: tensor<?x{source}>) -> tensor<?x{target}> {{
      %r = {op} %a : tensor<?x{source}>{to}
      return %r : tensor<?x{target}>
    }}"""


def binary(op: str, element: str) -> str:
    t = f"tensor<?x{element}>"
    return f"""func.func @f(%a: {t}, %b: {t}) -> {t} {{
      %r = {op} %a, %b : {t}
      return %r : {t}
    }}"""


CODES16 = np.arange(65536, dtype=np.uint16)
RANDOM32 = np.random.default_rng(0).integers(0, 2**32, 200_000, dtype=np.uint32).view(F32)
RANDOM16 = np.random.default_rng(1).integers(0, 2**16, (2, 200_000), dtype=np.uint16)


def exact_bf16(values: Any) -> Any:
    """The bf16 codes nearest to float64 values: ml_dtypes rounds those twice."""
    finite = np.append(np.arange(0x7F80, dtype=np.uint16).view(BF16).astype(np.float64), 2.0**128)
    middles = (finite[:-1] + finite[1:]) / 2
    magnitude = np.abs(values)
    code = np.searchsorted(middles, magnitude, "left")
    tie = magnitude == middles[np.minimum(code, len(middles) - 1)]
    code = np.minimum(code + (tie & (code % 2 == 1)), 0x7F80)
    code = np.where(np.isnan(values), 0x7FC0, code | np.where(np.signbit(values), 0x8000, 0))
    return code.astype(np.uint16)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
class TestFloats:
    def test_extf(self) -> None:
        got = run(unary("arith.extf", "f16", "f32"), CODES16.view(np.float16))[0]
        assert_same(got, CODES16.view(np.float16).astype(F32))
        got = run(unary("arith.extf", "bf16", "f32"), CODES16)[0]
        assert_same(got, CODES16.view(BF16).astype(F32))

    def test_truncf_from_f32(self) -> None:
        subnormal = np.arange(0, 2**24, 97, dtype=np.uint32).view(F32)
        near = np.concatenate([RANDOM32, subnormal, (RANDOM16[0] * F32(0.37)).astype(F32)])
        assert_same(run(unary("arith.truncf", "f32", "f16"), near)[0], near.astype(np.float16))
        got = run(unary("arith.truncf", "f32", "bf16"), near)[0]
        assert_same(got.view(BF16), near.astype(BF16))

    def test_truncf_from_f64_rounds_once(self) -> None:
        rng = np.random.default_rng(2)
        off = 1 + rng.choice([0, 2.0**-40, -(2.0**-40)], 50_000)
        ties = [
            (1 + (2 * rng.integers(0, 2**p, 50_000) + 1) * 2.0 ** -(p + 1)) * off for p in (7, 10)
        ]
        values = np.concatenate(
            [
                ties[0] * 2.0 ** rng.integers(-140, 127, 50_000),
                ties[1] * 2.0 ** rng.integers(-26, 16, 50_000),
                -ties[1],
                [0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, 3.4e38, 65520, 65519.999, 1e-320],
            ]
        )
        got = run(unary("arith.truncf", "f64", "f16"), values)[0]
        assert_same(got, values.astype(np.float16))
        got = run(unary("arith.truncf", "f64", "bf16"), values)[0]
        assert_same(got.view(BF16), exact_bf16(values).view(BF16))

    @pytest.mark.parametrize("op", ["add", "sub", "mul", "div"])
    def test_arithmetic(self, op: str) -> None:
        numpy_op = getattr(np, {"sub": "subtract", "mul": "multiply", "div": "divide"}.get(op, op))
        for element, a, b in (
            ("f16", *RANDOM16.view(np.float16)),
            ("f32", RANDOM32, RANDOM32[::-1].copy()),
        ):
            assert_same(run(binary(f"arith.{op}f", element), a, b)[0], numpy_op(a, b))
        got = run(binary(f"arith.{op}f", "bf16"), *RANDOM16)[0]
        assert_same(got.view(BF16), numpy_op(*RANDOM16.view(BF16)))

    def test_fast_math_is_dropped(self) -> None:
        # (a + b) - b is a for a compiler that reassociates, and 0 for IEEE.
        text = """func.func @f(%a: f32, %b: f32) -> f32 {
          %s = arith.addf %a, %b fastmath<fast> : f32
          %r = arith.subf %s, %b fastmath<fast> : f32
          return %r : f32
        }"""
        assert_same(run(text, np.array(1, F32), np.array(1e30, F32))[0], F32(0))

    def test_no_contraction(self) -> None:
        # a * a - c is 2^-24 with a fused multiply-add and 0 with two roundings.
        a = F32(1 + 2.0**-12)
        text = """func.func @f(%a: f32, %c: f32) -> f32 {
          %m = arith.mulf %a, %a fastmath<contract> : f32
          %r = arith.subf %m, %c fastmath<contract> : f32
          return %r : f32
        }"""
        assert_same(run(text, np.array(a), np.array(F32(a * a)))[0], F32(0))

    @pytest.mark.parametrize("element", ["f16", "bf16"])
    def test_narrow_floats_are_rounded_between_ops(self, element: str) -> None:
        text = f"""func.func @f(%a: tensor<?x{element}>, %b: tensor<?x{element}>)
            -> (tensor<?x{element}>, tensor<?x{element}>) {{
          %r, %q = linalg.generic {{indexing_maps = [affine_map<(d) -> (d)>,
              affine_map<(d) -> (d)>, affine_map<(d) -> (d)>, affine_map<(d) -> (d)>],
              iterator_types = ["parallel"]}}
              ins(%a, %b : tensor<?x{element}>, tensor<?x{element}>)
              outs(%a, %b : tensor<?x{element}>, tensor<?x{element}>) {{
          ^bb0(%x: {element}, %y: {element}, %o: {element}, %p: {element}):
            %s = arith.subf %x, %y : {element}
            %m = arith.mulf %s, %y : {element}
            %t = math.sqrt %s : {element}
            %u = math.floor %t : {element}
            %v = arith.mulf %t, %y : {element}
            %w = arith.addf %u, %v : {element}
            linalg.yield %m, %w : {element}, {element}
          }} -> (tensor<?x{element}>, tensor<?x{element}>)
          return %r, %q : tensor<?x{element}>, tensor<?x{element}>
        }}"""
        dtype = np.float16 if element == "f16" else BF16
        x, y = RANDOM16.view(dtype)
        got = run(text, *(RANDOM16.view(np.float16) if element == "f16" else RANDOM16))
        with np.errstate(all="ignore"):
            root = np.sqrt(x - y)
            wanted = (x - y) * y, np.floor(root) + root * y
        for result, want in zip(got, wanted, strict=True):
            assert_same(result.view(dtype), want)

    @pytest.mark.parametrize(
        "op",
        [
            *("absf", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "ceil", "cos"),
            *("cosh", "erf", "erfc", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p"),
            *("log2", "round", "roundeven", "rsqrt", "sin", "sinh", "sqrt", "tan", "tanh"),
            "trunc",
        ],
    )
    def test_math_links(self, op: str) -> None:
        values = np.array([0.3, -0.5, 2.5, np.nan], F32)
        for element, array in (
            ("f32", values),
            ("f64", values.astype(np.float64)),
            ("f16", values.astype(np.float16)),
            ("bf16", values.astype(BF16).view(np.uint16)),
        ):
            got = run(unary(f"math.{op}", element, element), array)[0]
            assert got.shape == (4,)
        if op in ("ceil", "floor", "trunc", "sqrt", "exp2"):
            assert_same(
                run(unary(f"math.{op}", "f64", "f64"), values.astype(np.float64))[0],
                getattr(np, op)(values.astype(np.float64)),
            )

    def test_math_predicates_and_powers(self) -> None:
        text = """func.func @f(%a: tensor<4xf32>, %n: tensor<4xi32>)
            -> (tensor<4xi1>, tensor<4xi1>, tensor<4xf32>, tensor<4xi32>) {
          %i = math.isinf %a : tensor<4xf32>
          %j = math.isnan %a : tensor<4xf32>
          %p = math.fpowi %a, %n : tensor<4xf32>, tensor<4xi32>
          %q = math.ipowi %n, %n : tensor<4xi32>
          return %i, %j, %p, %q : tensor<4xi1>, tensor<4xi1>, tensor<4xf32>, tensor<4xi32>
        }"""
        values = np.array([-np.inf, np.nan, 3.0, -2.0], F32)
        infinite, nan, powers, integers = run(text, values, np.arange(4, dtype=np.int32))
        assert_same(infinite, np.array([True, False, False, False]))
        assert_same(nan, np.array([False, True, False, False]))
        assert_same(powers, np.array([1, np.nan, 9, -8], F32))
        assert_same(integers, np.array([1, 1, 4, 27], np.int32))


A = np.arange(24, dtype=F32).reshape(2, 3, 4)
T = "tensor<2x3x4xf32>"

CASES: dict[str, tuple[str, list[Any], list[Any]]] = {
    "concat": (
        f"""func.func @f(%a: {T}, %b: tensor<2x?x4xf32>) -> tensor<2x?x4xf32> {{
          %r = tensor.concat dim(1) %a, %b : ({T}, tensor<2x?x4xf32>) -> tensor<2x?x4xf32>
          return %r : tensor<2x?x4xf32>
        }}""",
        [A, A[:, :2]],
        [np.concatenate([A, A[:, :2]], 1)],
    ),
    "pad": (
        f"""func.func @f(%a: {T}, %p: f32) -> tensor<3x5x4xf32> {{
          %r = tensor.pad %a low[1, 0, 0] high[0, 2, 0] {{
          ^bb0(%i: index, %j: index, %k: index):
            tensor.yield %p : f32
          }} : {T} to tensor<3x5x4xf32>
          return %r : tensor<3x5x4xf32>
        }}""",
        [A, np.array(9, F32)],
        [np.pad(A, ((1, 0), (0, 2), (0, 0)), constant_values=9)],
    ),
    "pack and unpack": (
        """func.func @f(%a: tensor<5x7xf32>, %z: f32)
            -> (tensor<3x2x2x4xf32>, tensor<5x7xf32>) {
          %e = tensor.empty() : tensor<3x2x2x4xf32>
          %p = linalg.pack %a padding_value(%z : f32) inner_dims_pos = [0, 1]
              inner_tiles = [2, 4] into %e : tensor<5x7xf32> -> tensor<3x2x2x4xf32>
          %e2 = tensor.empty() : tensor<5x7xf32>
          %u = linalg.unpack %p inner_dims_pos = [0, 1] inner_tiles = [2, 4]
              into %e2 : tensor<3x2x2x4xf32> -> tensor<5x7xf32>
          return %p, %u : tensor<3x2x2x4xf32>, tensor<5x7xf32>
        }""",
        [np.arange(35, dtype=F32).reshape(5, 7), np.array(-1, F32)],
        [
            np.pad(np.arange(35, dtype=F32).reshape(5, 7), ((0, 1), (0, 1)), constant_values=-1)
            .reshape(3, 2, 2, 4)
            .swapaxes(1, 2),
            np.arange(35, dtype=F32).reshape(5, 7),
        ],
    ),
    "vectors of any rank": (
        """#a = affine_map<(i, j, k) -> (i, k)>
        #b = affine_map<(i, j, k) -> (k, j)>
        #c = affine_map<(i, j, k) -> (i, j)>
        func.func @f(%a: vector<3x4xi8>, %b: vector<4x5xi8>, %c: vector<3x5xi32>)
            -> (vector<3x5xi32>, vector<3xi32>, vector<5x3xi32>, i32) {
          %r = vector.contract {indexing_maps = [#a, #b, #c],
              iterator_types = ["parallel", "parallel", "reduction"]} %a, %b, %c
              : vector<3x4xi8>, vector<4x5xi8> into vector<3x5xi32>
          %z = arith.constant dense<0> : vector<3xi32>
          %z0 = arith.constant 0 : i32
          %m = vector.multi_reduction <add>, %r, %z [1] : vector<3x5xi32> to vector<3xi32>
          %n = vector.multi_reduction <maxsi>, %r, %z0 [0, 1] : vector<3x5xi32> to i32
          %t = vector.transpose %r, [1, 0] : vector<3x5xi32> to vector<5x3xi32>
          return %r, %m, %t, %n : vector<3x5xi32>, vector<3xi32>, vector<5x3xi32>, i32
        }""",
        [
            np.arange(-6, 6, dtype=np.int8).reshape(3, 4),
            np.arange(20, dtype=np.int8).reshape(4, 5),
            np.ones((3, 5), np.int32),
        ],
        (lambda r: [r, r.sum(1, dtype=np.int32), r.T.copy(), r.max()])(
            np.arange(-6, 6, dtype=np.int32).reshape(3, 4)
            @ np.arange(20, dtype=np.int32).reshape(4, 5)
            + np.int32(1)
        ),
    ),
    "vectors of i1, index and 0-d": (
        """func.func @f(%a: vector<2x3xi1>, %b: index, %c: vector<f32>)
            -> (vector<2x3xi1>, index, vector<f32>) {
          return %a, %b, %c : vector<2x3xi1>, index, vector<f32>
        }""",
        [np.array([[1, 0, 0], [0, 1, 1]], bool), np.array(7), np.array(1.5, F32)],
        [np.array([[1, 0, 0], [0, 1, 1]], bool), np.int64(7), F32(1.5)],
    ),
    "scf.forall": (
        f"""func.func @f(%a: {T}, %o: {T}) -> {T} {{
          %r = scf.forall (%i) in (2) shared_outs(%s = %o) -> ({T}) {{
            %x = tensor.extract_slice %a[%i, 0, 0][1, 3, 4][1, 1, 1] : {T} to tensor<1x3x4xf32>
            %y = arith.mulf %x, %x : tensor<1x3x4xf32>
            scf.forall.in_parallel {{
              tensor.parallel_insert_slice %y into %s[%i, 0, 0][1, 3, 4][1, 1, 1]
                  : tensor<1x3x4xf32> into {T}
            }}
          }}
          return %r : {T}
        }}""",
        [A, A],
        [A * A],
    ),
    "loops and branches": (
        """func.func @f(%a: tensor<4xf32>, %n: index) -> tensor<4xf32> {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %r = scf.for %i = %c0 to %n step %c1 iter_args(%t = %a) -> tensor<4xf32> {
            %s = arith.addf %t, %t : tensor<4xf32>
            scf.yield %s : tensor<4xf32>
          }
          %b = arith.cmpi eq, %n, %c1 : index
          cf.cond_br %b, ^x(%a : tensor<4xf32>), ^x(%r : tensor<4xf32>)
        ^x(%z: tensor<4xf32>):
          return %z : tensor<4xf32>
        }""",
        [np.ones(4, F32), np.array(3)],
        [np.full(4, 8, F32)],
    ),
    "a loop that swaps two tensors": (
        """func.func @f(%a: tensor<2xf32>, %b: tensor<2xf32>, %n: index)
            -> (tensor<2xf32>, tensor<2xf32>) {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b)
              -> (tensor<2xf32>, tensor<2xf32>) {
            %z = arith.addf %x, %y : tensor<2xf32>
            scf.yield %y, %z : tensor<2xf32>, tensor<2xf32>
          }
          return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
        }""",
        [np.array([0, 1], F32), np.array([1, 1], F32), np.array(5)],
        [np.array([5, 8], F32), np.array([8, 13], F32)],
    ),
    "a global keeps what was loaded before a store": (
        """ml_program.global private mutable @g(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
        ml_program.global private @h(dense<[3.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>
        func.func @f(%a: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
          %x = ml_program.global_load @g : tensor<2xf32>
          ml_program.global_store @g = %a : tensor<2xf32>
          %y = ml_program.global_load @g : tensor<2xf32>
          %z = ml_program.global_load_const @h : tensor<2xf32>
          return %x, %y, %z : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
        }""",
        [np.array([7, 8], F32)],
        [np.array([1, 2], F32), np.array([7, 8], F32), np.array([3, 4], F32)],
    ),
    "constants of resources, of no size": (
        """func.func @f() -> (tensor<2xf32>, tensor<0xf32>) {
          %x = arith.constant dense_resource<blob> : tensor<2xf32>
          %y = arith.constant dense<> : tensor<0xf32>
          return %x, %y : tensor<2xf32>, tensor<0xf32>
        }
        {-# dialect_resources: { builtin: { blob: "0x040000000000803f00000040" } } #-}""",
        [],
        [np.array([1, 2], F32), np.empty(0, F32)],
    ),
    "zero-sized and dynamic": (
        """func.func @f(%a: tensor<?x0xf32>, %z: tensor<?xf32>)
            -> (tensor<?x0xf32>, tensor<?xf32>) {
          %r = arith.addf %a, %a : tensor<?x0xf32>
          %g = linalg.reduce ins(%a : tensor<?x0xf32>) outs(%z : tensor<?xf32>) dimensions = [1]
            (%x: f32, %y: f32) {
              %s = arith.addf %x, %y : f32
              linalg.yield %s : f32
            }
          return %r, %g : tensor<?x0xf32>, tensor<?xf32>
        }""",
        [np.empty((3, 0), F32), np.array([1, 2, 3], F32)],
        [np.empty((3, 0), F32), np.array([1, 2, 3], F32)],
    ),
    "strided memrefs": (
        """func.func @f(%a: memref<4x4xf32, strided<[?, 1], offset: ?>>, %b: memref<4x4xf32>)
            -> memref<2x2xf32, strided<[4, 1], offset: 5>> {
          memref.copy %a, %b : memref<4x4xf32, strided<[?, 1], offset: ?>> to memref<4x4xf32>
          %s = memref.subview %b[1, 1][2, 2][1, 1]
              : memref<4x4xf32> to memref<2x2xf32, strided<[4, 1], offset: 5>>
          return %s : memref<2x2xf32, strided<[4, 1], offset: 5>>
        }""",
        [np.arange(16, dtype=F32).reshape(4, 4), np.zeros((4, 4), F32)],
        [np.array([[5, 6], [9, 10]], F32)],
    ),
    "scf.parallel and affine": (
        """func.func @f(%a: memref<4xf32>) -> f32 {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %c4 = arith.constant 4 : index
          %z = arith.constant 0.0 : f32
          affine.for %i = 0 to 4 {
            %x = affine.load %a[%i] : memref<4xf32>
            %y = arith.addf %x, %x : f32
            affine.store %y, %a[%i] : memref<4xf32>
          }
          %r = scf.parallel (%i) = (%c0) to (%c4) step (%c1) init (%z) -> f32 {
            %x = memref.load %a[%i] : memref<4xf32>
            scf.reduce(%x : f32) {
            ^bb0(%p: f32, %q: f32):
              %s = arith.addf %p, %q : f32
              scf.reduce.return %s : f32
            }
          }
          return %r : f32
        }""",
        [np.arange(4, dtype=F32)],
        [F32(12)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_runs(name: str) -> None:
    text, arrays, want = CASES[name]
    for got, expected in zip(run(text, *arrays), want, strict=True):
        assert_same(got, expected)


@pytest.mark.parametrize(
    ("low", "high"),
    [((-1, 0), (1, 0)), ((-1, -1), (-1, -1)), ((0, 1), (0, -2)), ((2, -2), (-1, 3))],
)
def test_padding_that_crops(low: tuple[int, int], high: tuple[int, int]) -> None:
    rows, columns = 5 + low[0] + high[0], 6 + low[1] + high[1]
    text = f"""func.func @f(%a: tensor<5x6xf32>) -> tensor<{rows}x{columns}xf32> {{
      %c = arith.constant 9.0 : f32
      %r = tensor.pad %a low{list(low)} high{list(high)} {{
      ^bb0(%i: index, %j: index):
        tensor.yield %c : f32
      }} : tensor<5x6xf32> to tensor<{rows}x{columns}xf32>
      return %r : tensor<{rows}x{columns}xf32>
    }}"""
    a = np.arange(30, dtype=F32).reshape(5, 6)
    whole = np.pad(a, 3, constant_values=9)
    first = [3 - n for n in low]
    want = whole[first[0] : first[0] + rows, first[1] : first[1] + columns]
    assert_same(run(text, a)[0], want)


def test_softmax() -> None:
    text = """func.func @f(%a: tensor<?x?xf64>) -> tensor<?x?xf64> {
      %r = linalg.softmax dimension(1) ins(%a : tensor<?x?xf64>)
          outs(%a : tensor<?x?xf64>) -> tensor<?x?xf64>
      return %r : tensor<?x?xf64>
    }"""
    # exp(0) is 1 exactly, and so are its sums and quotients by powers of two.
    got = run(text, np.array([[3.0, 3, 3, 3], [0.0, -np.inf, 0, -np.inf]]))[0]
    assert_same(got, np.array([[0.25] * 4, [0.5, 0, 0.5, 0]]))


def test_memref_arguments_come_back_and_inputs_stay() -> None:
    text = """func.func @f(%m: memref<3xi32>, %i: index, %t: tensor<3xi32>) -> tensor<3xi32> {
      %two = arith.constant 2 : i32
      memref.store %two, %m[%i] : memref<3xi32>
      %r = tensor.insert %two into %t[%i] : tensor<3xi32>
      return %r : tensor<3xi32>
    }"""
    program = cpu.compile(parse(text))
    given = [np.zeros(3, np.int32), np.array(1), np.zeros(3, np.int32)]
    outcome = program.run("f", given)
    assert_same(outcome.memrefs[0], np.array([0, 2, 0], np.int32))
    assert_same(outcome.results[0], np.array([0, 2, 0], np.int32))
    assert not given[0].any()
    assert not given[2].any()
    # Inputs that are not contiguous are taken as they are.
    column = np.arange(6, dtype=np.int32).reshape(3, 2)[:, 1]
    assert_same(
        program.run("f", [column, np.array(0), column]).memrefs[0], np.array([2, 3, 5], np.int32)
    )


def test_the_module_is_not_changed() -> None:
    module = parse(CASES["scf.forall"][0])
    before = str(module)
    cpu.compile(module)
    assert str(module) == before


def test_many_runs_do_not_keep_memory() -> None:
    resource = pytest.importorskip("resource", reason="measures memory with resource")
    text = """func.func @f(%a: tensor<1048576xf32>) -> tensor<1048576xf32> {
      %e = tensor.empty() : tensor<1048576xf32>
      %r = linalg.add ins(%a, %a : tensor<1048576xf32>, tensor<1048576xf32>)
          outs(%e : tensor<1048576xf32>) -> tensor<1048576xf32>
      return %r : tensor<1048576xf32>
    }"""
    program = cpu.compile(parse(text))
    ones = np.ones(1 << 20, F32)
    program.run("f", [ones])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(50):
        program.run("f", [ones])
    # 50 leaked results would be 200 MiB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (
            "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
            "  %r = tosa.abs %a : (tensor<2xf32>) -> tensor<2xf32>\n"
            "  return %r : tensor<2xf32>\n}",
            "'tosa.abs' has no CPU lowering",
            2,
        ),
        (
            "func.func @f(%a: vector<4xf32>, %x: f32) -> vector<4xf32> {\n"
            "  %d = amdgpu.mfma 16x16x4 %x * %x + %a {abid = 0 : i32, cbsz = 0 : i32,"
            " blocks = 1 : i32} blgp = none : f32, f32, vector<4xf32>\n"
            "  return %d : vector<4xf32>\n}",
            "'amdgpu.mfma' has no CPU lowering",
            2,
        ),
        (
            "func.func @f(%a: tensor<4x4xf32>, %i: tensor<2x1xindex>) -> tensor<2x4xf32> {\n"
            "  %r = tensor.gather %a[%i] gather_dims([0])"
            " : (tensor<4x4xf32>, tensor<2x1xindex>) -> tensor<2x4xf32>\n"
            "  return %r : tensor<2x4xf32>\n}",
            "'tensor.gather' has no CPU lowering: op was not bufferized",
            2,
        ),
        (
            "func.func @f(%a: tensor<?xf32>, %x: f32) -> tensor<?xf32> {\n"
            "  %r = tensor.pad %a low[-1] high[0] {\n  ^bb0(%i: index):\n"
            "    tensor.yield %x : f32\n  } : tensor<?xf32> to tensor<?xf32>\n"
            "  return %r : tensor<?xf32>\n}",
            "'tensor.pad' crops a tensor of dynamic size",
            2,
        ),
        (
            "func.func private @g(f32)\nfunc.func @f(%a: f32) {\n"
            "  call @g(%a) : (f32) -> ()\n  return\n}",
            "'func.call' of @g, which has no body here",
            3,
        ),
        (
            "func.func @f(%a: tensor<*xf32>) {\n  return\n}",
            "argument 0 is tensor<*xf32>: numpy arrays cannot hold this type",
            1,
        ),
        (
            "func.func @f() -> !async.token {\n  %t = async.execute {async.yield}\n"
            "  return %t : !async.token\n}",
            "result 0 is !async.token: numpy arrays cannot hold this type",
            1,
        ),
        (
            "func.func @f(%a: vector<[4]xf32>) {\n  return\n}",
            "argument 0 is vector<[4]xf32>: scalable vectors have no size here",
            1,
        ),
        (
            "func.func @f(%a: tensor<4xf8E4M3FN>) {\n  return\n}",
            "argument 0 is tensor<4xf8E4M3FN>: no CPU computes fp8; run emulate-fp8 first",
            1,
        ),
        (
            "func.func @f(%a: memref<4x4xf32, 3>) {\n  return\n}",
            "@f cannot be called: 'memref.cast' op operand type 'memref<4x4xf32>' and result type "
            "'memref<4x4xf32, 3>' are cast incompatible",
            1,
        ),
    ],
)
def test_cannot_run(text: str, message: str, line: int) -> None:
    with pytest.raises(CannotRun) as raised:
        cpu.compile(parse(text))
    assert raised.value.diagnostic.message == message
    assert raised.value.diagnostic.line == line


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], "f takes 2 inputs, not 0"),
        (
            [np.zeros((2, 3)), np.array(1)],
            "argument 0 is tensor<?x3xf32>: it takes float32 elements, not float64",
        ),
        (
            [np.zeros((2, 4), F32), np.array(1)],
            "argument 0 is tensor<?x3xf32>: it takes the shape ?x3, not 2x4",
        ),
        (
            [np.zeros((2, 3), F32), np.zeros(1, np.int64)],
            "argument 1 is index: it takes the shape 0-d, not 1",
        ),
    ],
)
def test_inputs_are_checked(arrays: list[Any], message: str) -> None:
    program = cpu.compile(parse("func.func @f(%a: tensor<?x3xf32>, %i: index) { return }"))
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?") + "$"):
        program.run("f", arrays)


def test_no_memory_ends_with_a_message() -> None:
    code = """
import numpy as np
from fnuz import bindings
from fnuz.execution import cpu
ir = bindings.load().ir
text = '''func.func @f(%n: index) -> tensor<?xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?xf32>
  %r = linalg.fill ins(%z : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}'''
cpu.compile(ir.Module.parse(text, context=ir.Context())).run("f", [np.array(2**60)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "fnuz: error: no memory for" in done.stderr


SIGNATURE = """func.func @f(%a: tensor<32x32xf8E4M3FN>, %b: tensor<16xf8E5M2>, %c: tensor<256xf32>,
    %d: tensor<?x?xi8>, %e: i1, %s: f32, %g: tensor<256x2xf8E5M2FNUZ>, %h: tensor<512xbf16>) {
  return
}"""


class TestRandomInputs:
    def signature(self) -> signature.Signature:
        return signature.of(signature.public_functions(parse(SIGNATURE))["f"])

    def test_fit_and_repeat(self) -> None:
        for kind in inputs.KINDS:
            first = inputs.random(self.signature(), kind, 1, 5)
            for value, array in zip(self.signature().arguments, first, strict=True):
                value.check(array)
            assert first[3].shape == (5, 5)
            for a, b in zip(first, inputs.random(self.signature(), kind, 1, 5), strict=True):
                assert_same(a, b)
        other = inputs.random(self.signature(), "special", 2, 5)
        assert not np.array_equal(first[0], other[0])

    def test_codes(self) -> None:
        ordinary = inputs.random(self.signature(), "ordinary", 0)
        special = inputs.random(self.signature(), "special", 0)
        every = set(range(256))
        assert set(ordinary[0].flat) == every - {0x80, 0x7F, 0xFF}
        assert set(special[0].flat) == every
        assert np.count_nonzero(np.isin(special[0], [0x7F, 0xFF])) == 2
        # Most rows have no NaN, so products are worth comparing.
        assert np.count_nonzero(np.isin(special[0], [0x7F, 0xFF]).any(axis=1)) <= 2
        assert 0x80 in special[1]
        assert not np.isin(special[1], [0x7C, 0xFC]).any()
        beyond_ocp = {*range(0x7C, 0x80), *range(0xFC, 0x100)}
        assert set(ordinary[6].flat) == every - {0x80} - beyond_ocp
        assert set(special[6].flat) == every

    def test_floats(self) -> None:
        ordinary = inputs.random(self.signature(), "ordinary", 0)
        special = inputs.random(self.signature(), "special", 0)
        assert np.isfinite(ordinary[2]).all()
        present = set(special[2].view(np.uint32))
        assert set(inputs.SPECIAL_FLOATS.view(np.uint32)) <= present
        # A scale stays ordinary: a NaN there would hide everything.
        assert np.isfinite(special[5])
