"""Exports small fp8 models with jax.export, and keeps what JAX computes for them.

    python jax_models.py

writes jax/NAME.mlir, or for a portable artifact jax/NAME.mlirbc, and in jax/results.npz the inputs
and results of each model, fp8 and bf16 as codes. It needs jax==0.10.2 and nothing of this project.

The inputs are such that all partial sums are exact: then the order in which they are summed, which
XLA does not promise, changes no bit.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_hlo_source_file_canonicalization_regex", ".*/")  # no paths of this machine

FOLDER = Path(__file__).parent / "jax"
E4M3, E5M2 = jnp.float8_e4m3fn, jnp.float8_e5m2
RNG = np.random.default_rng(0)


def integers(format: Any, *shape: int, largest: float = 64) -> Any:
    """Random integers that are values of an fp8 format."""
    values = np.arange(256, dtype=np.uint8).view(format).astype(np.float32)
    chosen = values[(np.abs(values) <= largest) & (values == np.rint(values))]
    return RNG.choice(chosen, shape).astype(format)


def codes(format: Any) -> Any:
    """Every code of a format."""
    return np.arange(256, dtype=np.uint8).view(format)


def casts() -> Any:
    """Floats around every rounding and overflow of both formats, with NaN, Inf and -0."""
    edges = np.concatenate(
        [np.arange(256, dtype=np.uint8).view(f).astype(np.float32) for f in (E4M3, E5M2)]
    )
    edges = np.concatenate([edges, [464, 465, 480, 496, 61439, 61440, 65535, np.inf, np.nan, 1e-9]])
    middle = np.concatenate([edges * np.float32(f) for f in (1.0625, 1.125, 1.25)])
    return np.concatenate([edges, -edges, middle]).astype(np.float32)


def dot(a: Any, b: Any) -> Any:
    return jnp.dot(a, b, preferred_element_type=jnp.float32)


def static_scale(w: Any) -> Callable[[Any], Any]:
    def linear(x: Any) -> Any:
        q = jnp.clip(x / 0.125, -448, 448).astype(E4M3)
        return dot(q, w) * (0.125 * 0.5)

    return linear


def dynamic_scale(x: Any, w: Any, w_scale: Any) -> Any:
    scale = jnp.maximum(jnp.max(jnp.abs(x)) / 448, 2.0**-20)
    q = jnp.clip(x / scale, -448, 448).astype(E4M3)
    return jax.nn.relu(dot(q, w) * (scale * w_scale))


def conv(
    x: Any,
    w: Any,
    *,
    strides: Any = (1, 1),
    groups: int = 1,
    padding: Any = "SAME",
    dilation: Any = (1, 1),
    result: Any = jnp.float32,
) -> Any:
    return lax.conv_general_dilated(
        x,
        w,
        strides,
        padding,
        rhs_dilation=dilation,
        feature_group_count=groups,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        preferred_element_type=result,
    )


def qdq(format: Any, limit: float | None = None) -> Callable[[Any], Any]:
    def round_trip(x: Any) -> Any:
        scaled = x / x.dtype.type(0.5)
        if limit is not None:
            scaled = jnp.clip(scaled, -limit, limit)
        return scaled.astype(format).astype(x.dtype) * x.dtype.type(0.5)

    return round_trip


def attention(q: Any, k: Any, v: Any) -> Any:
    logits = jnp.einsum("bqhd,bkhd->bhqk", q, k, preferred_element_type=jnp.float32) / 1024
    weights = jax.nn.softmax(logits, axis=-1)
    # In fp8, as an fp8 kernel has them: that also rounds away how exactly exp was computed.
    return (
        jnp.einsum(
            "bhqk,bkhd->bqhd", (weights * 256).astype(E4M3), v, preferred_element_type=jnp.float32
        )
        / 256
    )


def split_heads(x: Any, w: Any) -> Any:
    """With a batch of any size: reshapes, broadcasts and a softmax, rounded to fp8 again."""
    q = (x / 2).astype(E4M3).reshape(x.shape[0], 4, 8).transpose(0, 2, 1)
    logits = jnp.einsum("bij,jk->bik", q, w, preferred_element_type=jnp.float32) / 64
    return (jax.nn.softmax(logits, axis=-1) * 256).astype(E4M3).reshape(x.shape[0], -1)


def dot_with_algorithm(a: Any, b: Any) -> Any:
    """What a GPU is told to do: JAX has no such dot for a CPU."""
    algorithm = lax.DotAlgorithmPreset.ANY_F8_ANY_F8_F32
    return jnp.dot(a, b, precision=algorithm, preferred_element_type=jnp.float32)


def movement(x: Any) -> Any:
    padded = jnp.pad(x, ((1, 0), (0, 2)), constant_values=x.dtype.type(3))
    turned = jnp.concatenate([padded.T.reshape(3, -1), jnp.flip(x).reshape(3, -1)], axis=1)
    return jnp.where(turned > 0, turned, -turned)[:, 1::2], jnp.max(turned, axis=0)


def arithmetic(x: Any, y: Any) -> Any:
    return x + y, x * y, x - y, x / y, jnp.minimum(x, y), jnp.abs(x), jnp.sign(x), lax.rsqrt(y)


def sums(x: Any) -> Any:
    return jnp.sum(x, axis=1), jnp.sum(x), jnp.cumsum(x, axis=0), jnp.mean(x, axis=0)


def bits(x: Any) -> Any:
    return lax.bitcast_convert_type(lax.bitcast_convert_type(x, jnp.uint8) ^ 1, x.dtype)


def control_flow(layers: Any, x: Any, kind: Any) -> Any:
    def layer(x: Any, w: Any) -> Any:
        y = jnp.clip(dot(x, w), -4, 4).astype(E4M3)
        return y, jnp.max(y)

    y, largest = lax.scan(layer, x, layers)
    y = lax.switch(kind, [lambda y: y, lambda y: -y, lambda y: y + y], y)
    y = lax.cond(jnp.sum(y.astype(jnp.float32)) > 0, lambda y: y, jnp.abs, y)
    count, y = lax.while_loop(
        lambda c: (c[0] < 7) & (jnp.max(c[1]) < 64),
        lambda c: (c[0] + 1, c[1] + c[1] + E4M3(1)),
        (0, y),
    )
    return count, y, largest


def kv_cache(cache: Any, new: Any, position: Any) -> Any:
    cache = lax.dynamic_update_slice_in_dim(cache, new, position, axis=1)
    return cache, lax.dynamic_slice_in_dim(cache, position - 1, 3, axis=1)


def lookup(table: Any, rows: Any) -> Any:
    return table[rows]


def with_nan(x: Any) -> Any:
    """The same with one NaN, in the middle."""
    x[tuple(size // 2 for size in x.shape)] = np.nan
    return x


NCHW, NHWC = ("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC")


def dilated(layout: Any, **groups: int) -> Callable[..., Any]:
    return lambda x, w: lax.conv_general_dilated(
        *(x, w, (1, 1), "VALID"),
        rhs_dilation=(2, 2),
        dimension_numbers=layout,
        preferred_element_type=jnp.float32,
        **groups,
    )


def largest(x: Any) -> Any:
    window = lax.reduce_window(
        x, np.array(-np.inf, E5M2), lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME"
    )
    return window, jnp.max(x, axis=1), jnp.min(x), jnp.argmax(x, axis=2)


def save(models: dict[str, tuple[Callable[..., Any], list[Any]]]) -> None:
    kept: dict[str, Any] = {}
    for name, (function, arguments) in models.items():
        written, platform = FOR_GPU.get(name, function), "cuda" if name in FOR_GPU else "cpu"
        exported = export.export(jax.jit(written), platforms=[platform])(
            *SYMBOLIC.get(name, arguments)
        )
        if name in BYTECODE:
            (FOLDER / f"{name}.mlirbc").write_bytes(exported.mlir_module_serialized)
        else:
            (FOLDER / f"{name}.mlir").write_text(exported.mlir_module())
        results = jax.tree.leaves(jax.jit(function)(*arguments))
        for kind, arrays in (("in", arguments), ("out", results)):
            for i, array in enumerate(arrays):
                array = np.asarray(array)
                if array.dtype in (E4M3, E5M2):
                    array = array.view(np.uint8)
                elif array.dtype == jnp.bfloat16:
                    array = array.view(np.uint16)
                kept[f"{name}.{kind}{i}"] = array
    np.savez_compressed(FOLDER / "results.npz", **kept)


WEIGHTS = integers(E4M3, 32, 16)
(BATCH,) = export.symbolic_shape("batch")
SYMBOLIC = {
    "dynamic_batch": [
        jax.ShapeDtypeStruct((BATCH, 32), jnp.float32),
        jax.ShapeDtypeStruct((32, 16), E4M3),
        jax.ShapeDtypeStruct((), jnp.float32),
    ],
    "dynamic_batch_of_heads": [
        jax.ShapeDtypeStruct((BATCH, 32), jnp.float32),
        jax.ShapeDtypeStruct((4, 5), E4M3),
    ],
}
FOR_GPU = {"dot_algorithm": dot_with_algorithm}
"""What is exported in place of the function that a CPU computes."""

BYTECODE = ("portable_artifact",)
CASTS = casts()

save(
    {
        "dot": (dot, [integers(E4M3, 8, 32), WEIGHTS]),
        "dot_e5m2_by_e4m3": (dot, [integers(E5M2, 8, 32), WEIGHTS]),
        # Nobody asked for a wider result: XLA sums in f32 and rounds once.
        "dot_in_fp8": (
            jnp.dot,
            [integers(E4M3, 8, 32, largest=8), integers(E4M3, 32, 16, largest=4)],
        ),
        "dot_algorithm": (dot, [integers(E5M2, 8, 32), WEIGHTS]),
        "batched_dot": (
            lambda a, b: jnp.einsum("bij,bjk->bik", a, b, preferred_element_type=jnp.float32),
            [integers(E4M3, 3, 4, 16), integers(E4M3, 3, 16, 5)],
        ),
        "batched_dot_in_fp8": (
            lambda a, b: jnp.einsum("bij,bkj->bki", a, b),
            [integers(E5M2, 3, 4, 16, largest=8), integers(E5M2, 3, 5, 16, largest=4)],
        ),
        "dot_in_bf16": (
            lambda a, b: jnp.dot(a, b, preferred_element_type=jnp.bfloat16),
            [integers(E4M3, 8, 32), WEIGHTS],
        ),
        "vector_dot": (dot, [integers(E4M3, 32), integers(E4M3, 32)]),
        "linear_static": (static_scale(WEIGHTS), [integers(E4M3, 8, 32).astype(np.float32) / 8]),
        "linear_dynamic": (
            dynamic_scale,
            [
                integers(E4M3, 8, 32, largest=448).astype(np.float32) * np.float32(0.5),
                WEIGHTS,
                np.float32(0.25),
            ],
        ),
        "dynamic_batch": (
            dynamic_scale,
            [
                integers(E4M3, 5, 32, largest=448).astype(np.float32) * np.float32(0.5),
                WEIGHTS,
                np.float32(0.25),
            ],
        ),
        "dynamic_batch_of_heads": (
            split_heads,
            [integers(E4M3, 3, 32, largest=32).astype(np.float32), integers(E4M3, 4, 5)],
        ),
        "portable_artifact": (
            dynamic_scale,
            [
                integers(E4M3, 5, 32, largest=448).astype(np.float32) * np.float32(0.5),
                WEIGHTS,
                np.float32(0.25),
            ],
        ),
        "conv": (conv, [integers(E4M3, 2, 8, 7, 4), integers(E4M3, 3, 3, 4, 6)]),
        "conv_strides_groups": (
            lambda x, w: conv(x, w, strides=(2, 1), groups=2, padding=((1, 2), (0, 1))),
            [integers(E4M3, 1, 9, 6, 4), integers(E4M3, 3, 2, 2, 6)],
        ),
        "conv_depthwise_dilated": (
            lambda x, w: conv(x, w, groups=4, dilation=(2, 1)),
            [integers(E5M2, 1, 8, 6, 4), integers(E5M2, 3, 3, 1, 4)],
        ),
        "conv_depthwise_multiplied": (
            lambda x, w: conv(x, w, groups=4, strides=(2, 2), padding="VALID"),
            [integers(E4M3, 2, 7, 6, 4), integers(E4M3, 3, 2, 1, 8)],
        ),
        "conv_depthwise_1d": (
            lambda x, w: lax.conv_general_dilated(
                *(x, w, (1,), ((2, -1),)),
                lhs_dilation=(2,),
                feature_group_count=3,
                dimension_numbers=("NWC", "WIO", "NWC"),
                preferred_element_type=jnp.float32,
            ),
            [integers(E4M3, 2, 7, 3), integers(E4M3, 3, 1, 3)],
        ),
        "conv_transposed": (
            lambda x, w: lax.conv_transpose(
                *(x, w, (2, 2), "SAME"), preferred_element_type=jnp.float32
            ),
            [integers(E4M3, 1, 5, 4, 3), integers(E4M3, 3, 3, 3, 2)],
        ),
        "conv_nchw_batch_groups": (
            lambda x, w: lax.conv_general_dilated(
                *(x, w, (1, 1), "VALID"),
                batch_group_count=2,
                dimension_numbers=("NCHW", "OIHW", "NCHW"),
                preferred_element_type=jnp.float32,
            ),
            [integers(E4M3, 4, 3, 5, 5), integers(E4M3, 6, 3, 2, 2)],
        ),
        "conv_in_fp8": (
            lambda x, w: conv(x, w, result=None),
            [integers(E4M3, 1, 6, 6, 4, largest=8), integers(E4M3, 3, 3, 4, 6, largest=4)],
        ),
        "qdq_e4m3": (qdq(E4M3), [CASTS]),
        "qdq_e5m2": (qdq(E5M2), [CASTS]),
        "qdq_clipped": (qdq(E4M3, 448), [CASTS]),
        "qdq_f16": (qdq(E5M2), [np.arange(1 << 16, dtype=np.uint16).view(np.float16)]),
        "qdq_bf16": (qdq(E4M3), [np.arange(1 << 16, dtype=np.uint16).view(jnp.bfloat16)]),
        # Near the middle between two codes: rounded once it goes up, through f32 to even.
        "qdq_f64": (
            qdq(E4M3),
            [
                np.concatenate(
                    [CASTS.astype(np.float64), (1.0625 + np.array([0, 1e-12, -1e-12])) / 2]
                )
            ],
        ),
        "fp8_to_fp8": (lambda x, y: (x.astype(E5M2), y.astype(E4M3)), [codes(E4M3), codes(E5M2)]),
        "integers": (
            lambda x, y: (x.astype(E4M3), y.astype(jnp.int32)),
            [np.arange(-600, 600, dtype=np.int32), integers(E4M3, 64)],
        ),
        "attention": (
            attention,
            [integers(E4M3, 2, 6, 2, 8), integers(E4M3, 2, 7, 2, 8), integers(E4M3, 2, 7, 2, 8)],
        ),
        "movement": (movement, [integers(E4M3, 5, 6)]),
        "arithmetic": (arithmetic, [codes(E4M3), RNG.permutation(codes(E4M3))]),
        "sums": (sums, [RNG.normal(size=(4, 16)).astype(E4M3)]),
        "bits": (bits, [codes(E4M3)]),
        "control_flow": (
            control_flow,
            [integers(E4M3, 6, 8, 8, largest=2), integers(E4M3, 3, 8, largest=2), np.int32(1)],
        ),
        "kv_cache": (
            kv_cache,
            [codes(E4M3).reshape(1, 16, 16), integers(E4M3, 1, 1, 16), np.int32(5)],
        ),
        "lookup": (lookup, [integers(E5M2, 32, 8), np.array([3, 0, 31, 3], np.int32)]),
        **{
            f"conv_dilated_{name}": (
                dilated(layout, **groups),
                [with_nan(integers(E4M3, *x)), integers(E4M3, *w)],
            )
            for name, layout, groups, x, w in (
                ("nchw", NCHW, {}, (1, 3, 7, 8), (4, 3, 2, 3)),
                ("groups", NHWC, {"feature_group_count": 2}, (2, 7, 8, 4), (2, 3, 2, 6)),
                ("batch_groups", NCHW, {"batch_group_count": 2}, (4, 3, 7, 8), (4, 3, 2, 3)),
                ("depthwise", NCHW, {"feature_group_count": 3}, (2, 3, 7, 8), (6, 1, 2, 3)),
            )
        },
        "finite": (lambda x, y: (jnp.isfinite(x), jnp.isfinite(y)), [codes(E4M3), codes(E5M2)]),
        "largest": (largest, [integers(E5M2, 1, 5, 6, 2)]),
        "reduce_precision": (lambda x: lax.reduce_precision(x, 4, 1), [codes(E4M3)]),
        "to_integers": (
            lambda x, y: [v.astype(i) for v in (x, y) for i in (jnp.int8, jnp.int16, jnp.int32)],
            [codes(E4M3), codes(E5M2)],
        ),
        "to_unsigned": (
            lambda x: x.astype(jnp.uint8).astype(jnp.int32),
            [codes(E5M2)],
        ),
        "dequantized_dot_in_bf16": (
            lambda a, b: jnp.dot(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)),
            [integers(E4M3, 8, 32), WEIGHTS],
        ),
        "conv_depthwise_of_bf16": (
            lambda x, w: conv(
                *(x.astype(jnp.bfloat16), w.astype(jnp.bfloat16)), groups=3, result=jnp.float32
            ),
            [integers(E4M3, 1, 6, 5, 3), integers(E4M3, 3, 3, 1, 3)],
        ),
        "barrier": (lambda x: lax.optimization_barrier((x, x + x)), [codes(E4M3)]),
    }
)
