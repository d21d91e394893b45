"""The programs that MIGraphX tests its own OCP to FNUZ pass on, and two on which that pass fails.

MIGraphX (ROCm/AMDMIGraphX, test/ref/fp8_ocp_to_fnuz_test.cpp) converts two matrix products and a
convolution and wants the results to be near. Here they are equal, bit for bit. Its pass decides
after the bytes are FNUZ which are special: there 0x80 is NaN, equal to nothing, so a -0 stays NaN;
and it doubles the scale of a dequantize once for each product that has it.
"""

from typing import Any

import numpy as np
import pytest
from imported import E4M3FN, F32, model, run, tensor, value
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper
from onnx.reference import ReferenceEvaluator

from fnuz import passes
from fnuz.execution import cpu
from fnuz.frontends.onnx import import_model

Array = NDArray[np.float32]


def qdq(name: str, scale: str = "scale") -> list[NodeProto]:
    """The values of `name` through fp8, as `name`_dq."""
    parameters = [scale, f"zero_{scale}"]
    return [
        helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_q"], axis=1),
        helper.make_node("DequantizeLinear", [f"{name}_q", *parameters], [f"{name}_dq"], axis=1),
    ]


def dot(a: str, b: str, result: str, op: str = "MatMul") -> NodeProto:
    """A product of dequantized values."""
    return helper.make_node(op, [f"{a}_dq", f"{b}_dq"], [result])


def program(
    nodes: list[NodeProto],
    outputs: list[str],
    scales: dict[str, Any] | None = None,
    **inputs: Any,
) -> tuple[ModelProto, dict[str, Array]]:
    """The model, and the inputs to run it on; the scale is 0.5 if no other is given."""
    scales = scales or {"scale": 0.5}
    arrays = {name: np.asarray(x, np.float32) for name, x in inputs.items()}
    initializers = []
    for name, scale in scales.items():
        initializers.append(tensor(name, F32, np.asarray(scale, np.float32)))
        initializers.append(tensor(f"zero_{name}", E4M3FN, np.zeros(np.shape(scale), np.uint8)))
    takes = [value(name, F32, *x.shape) for name, x in arrays.items()]
    gives = [value(name, F32, *[None] * arrays["a"].ndim) for name in outputs]
    return model(nodes, takes, gives, initializers), arrays


def gemm() -> Any:
    a, b = [[20, -100], [100, 0.25]], [[28, 0.125], [2.5, 0.25]]
    return program([*qdq("a"), *qdq("b"), dot("a", "b", "r")], ["r"], a=a, b=b)


def gemm_of_several_scales() -> Any:
    """One scale for each column of a, which is summed over, and one for all of b."""
    a = [[20, -100, 100], [0.25, 0.3, 3.3], [5, -8, 63]]
    b = [[28, 0.125, 2.5], [0.25, 0.0582, -187], [0.716, 8.12, 1.87]]
    nodes = [*qdq("a", "scale_a"), *qdq("b", "scale_b"), dot("a", "b", "r")]
    return program(nodes, ["r"], {"scale_a": [0.7, 0.25, 0.11], "scale_b": 0.4}, a=a, b=b)


def convolution() -> Any:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 3, 4, 4)), rng.uniform(-0.2, 0.2, (2, 3, 3, 3))
    return program([*qdq("a"), *qdq("b"), dot("a", "b", "r", "Conv")], ["r"], a=a, b=b)


def gemm_with_negative_zero() -> Any:
    """-1e-4 becomes -0 in fp8."""
    a, b = [[1, -1e-4], [3, 4]], [[1, 2], [2, 2.5]]
    return program([*qdq("a"), *qdq("b"), dot("a", "b", "r")], ["r"], a=a, b=b)


def gemms_of_one_dequantize() -> Any:
    a, b, c = [[1, 2], [3, 4]], [[1, 2], [2, 2.5]], [[-1, 4], [8, 0.5]]
    nodes = [*qdq("a"), *qdq("b"), *qdq("c"), dot("a", "b", "ab"), dot("a", "c", "ac")]
    return program(nodes, ["ab", "ac"], a=a, b=b, c=c)


EXACT = {
    gemm_with_negative_zero: [[[1, 2], [11, 16]]],
    gemms_of_one_dequantize: [[[5, 7], [11, 16]], [[15, 5], [29, 14]]],
}
"""What must come out, where it can be said."""

PROGRAMS = (gemm, gemm_of_several_scales, convolution, *EXACT)


def expected(proto: ModelProto, inputs: dict[str, Array]) -> list[Array]:
    """What onnx's reference makes of the model; products in f32, summed in the order of MLIR.

    numpy promises no order. In f32 that is the last bit of the program with scales that are no
    powers of two; all other sums are exact.
    """
    dequantized = [n.output[0] for n in proto.graph.node if n.op_type == "DequantizeLinear"]
    more = ModelProto()
    more.CopyFrom(proto)
    for name in dequantized:
        more.graph.output.append(helper.make_empty_tensor_value_info(name))
    evaluator = ReferenceEvaluator(more)
    outputs = [o.name for o in proto.graph.output]
    found = dict(zip([*outputs, *dequantized], evaluator.run(None, inputs), strict=True))
    for node in proto.graph.node:
        if node.op_type == "MatMul":
            a, b = (found[name] for name in node.input)
            total = np.zeros((a.shape[0], b.shape[1]), np.float32)
            for k in range(a.shape[1]):
                total = total + a[:, k : k + 1] * b[k : k + 1]
            np.testing.assert_allclose(total, found[node.output[0]], rtol=1e-6, atol=1e-4)
            found[node.output[0]] = total
    return [found[name] for name in outputs]


@pytest.mark.parametrize(
    ("make", "fuse"),
    # Fused, scales that are no powers of two round elsewhere.
    [
        *((m, False) for m in PROGRAMS),
        *((m, True) for m in PROGRAMS if m is not gemm_of_several_scales),
    ],
)
def test_program(make: Any, fuse: bool) -> None:
    proto, inputs = make()
    wanted = expected(proto, inputs)
    module = import_model(proto)
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz", fuse=fuse)
    assert "f8E4M3FNUZ" in str(converted)
    for got in (run(module, *inputs.values()), run(converted, *inputs.values())):
        assert len(got) == len(wanted)
        for x, y in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(x.view(np.uint32), y.view(np.uint32))
    if make in EXACT:
        np.testing.assert_array_equal(wanted, EXACT[make])
