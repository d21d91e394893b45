"""Reading ONNX models: where their constants are, what their nodes are called, what is refused."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from imported import BF16, E4M3FN, E5M2, F16, F32, codes, model, run, tensor, value
from onnx import FunctionProto, ModelProto, NodeProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.frontends.errors import ImportFailed
from fnuz.frontends.onnx import import_model

FP8 = {
    name: getattr(TensorProto, f"FLOAT8{name}")
    for name in ("E4M3FN", "E5M2", "E4M3FNUZ", "E5M2FNUZ")
}


def constant_model(weights: TensorProto) -> ModelProto:
    """A model that gives out its one constant."""
    out = value("y", weights.data_type, *weights.dims)
    return model([helper.make_node("Identity", ["w"], ["y"])], [], [out], [weights])


@pytest.mark.parametrize("rows", [2, 300], ids=["small", "large"])
@pytest.mark.parametrize("type_", FP8.values(), ids=FP8)
def test_fp8_initializers_keep_every_code(type_: int, rows: int) -> None:
    want = codes(rows, 128)
    typed = helper.make_tensor("w", type_, want.shape, want.reshape(-1), raw=False)
    typed.ClearField("raw_data")
    typed.int32_data[:] = want.reshape(-1).tolist()
    for weights in (tensor("w", type_, want), typed):
        (got,) = run(import_model(constant_model(weights)))
        assert np.array_equal(got, want)


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (F32, np.arange(6, dtype=np.float32) - 2.5),
        (F16, np.arange(6, dtype=np.float16) / 3),
        (BF16, np.array([0x3F80, 0xBF80, 0x7F80, 0xFFC0, 0x8000, 1], np.uint16)),
        (TensorProto.DOUBLE, np.arange(6) / 7),
        (TensorProto.INT8, np.arange(6, dtype=np.int8) - 3),
        (TensorProto.UINT8, np.arange(6, dtype=np.uint8) + 250),
        (TensorProto.INT32, np.arange(-(2**31), -(2**31) + 6, dtype=np.int32)),
        (TensorProto.INT64, np.arange(-(2**63), -(2**63) + 6, dtype=np.int64)),
        (TensorProto.BOOL, np.array([True, False, True, True, False, False])),
    ],
)
def test_other_constants(type_: int, values: np.ndarray) -> None:
    raw = tensor("w", type_, values.reshape(2, 3))
    typed = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(raw), "w")
    as_list = helper.make_tensor("w", type_, (2, 3), onnx.numpy_helper.to_array(raw).reshape(-1))
    for weights in (raw, typed, as_list):
        (got,) = run(import_model(constant_model(weights)))
        assert got.tobytes() == values.tobytes()


def test_empty_and_scalar_constants() -> None:
    for shape in ((), (0,), (2, 0, 3), (1, 1)):
        want = np.full(shape, 0x3A, np.uint8)
        (got,) = run(import_model(constant_model(tensor("w", E4M3FN, want))))
        assert got.shape == shape
        assert np.array_equal(got, want)


def test_constants_in_nodes() -> None:
    want = codes(16, 16)
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor("c", E5M2, want)),
        helper.make_node("Transpose", ["w"], ["y"]),
    ]
    (got,) = run(import_model(model(nodes, [], [value("y", E5M2, 16, 16)])))
    assert np.array_equal(got, want.T)


def external(weights: TensorProto, location: str, offset: int = 0, length: int = -1) -> None:
    """Say that the data of a tensor is in another file."""
    length = len(weights.raw_data) if length < 0 else length
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, text in (("location", location), ("offset", str(offset)), ("length", str(length))):
        entry = weights.external_data.add()
        entry.key, entry.value = key, text


@pytest.mark.parametrize("offset", [0, 1, 2, 64, 4096])
def test_external_data(tmp_path: Path, offset: int) -> None:
    fp8, f32 = codes(300, 128), np.arange(6000, dtype=np.float32).reshape(60, 100)
    nodes = [helper.make_node("Identity", [n], [f"y{n}"]) for n in ("a", "b")]
    outputs = [value("ya", E4M3FN, *fp8.shape), value("yb", F32, *f32.shape)]
    weights = [tensor("a", E4M3FN, fp8), tensor("b", F32, f32)]
    (tmp_path / "w.bin").write_bytes(b"x" * offset + fp8.tobytes() + f32.tobytes())
    external(weights[0], "w.bin", offset)
    external(weights[1], "w.bin", offset + fp8.size)
    proto = model(nodes, [], outputs, weights)
    onnx.save(proto, tmp_path / "m.onnx")
    for module in (import_model(tmp_path / "m.onnx"), import_model(proto, folder=tmp_path)):
        got = run(module)
        assert np.array_equal(got[0], fp8)
        assert np.array_equal(got[1], f32)


def test_shapes_may_be_external(tmp_path: Path) -> None:
    shape = tensor("s", TensorProto.INT64, np.array([4, 2], np.int64))
    (tmp_path / "s.bin").write_bytes(shape.raw_data)
    external(shape, "s.bin")
    node = helper.make_node("Reshape", ["x", "s"], ["y"])
    proto = model([node], [value("x", E4M3FN, 2, 4)], [value("y", E4M3FN, 4, 2)], [shape])
    onnx.save(proto, tmp_path / "m.onnx")
    (got,) = run(import_model(tmp_path / "m.onnx"), codes(2, 4))
    assert np.array_equal(got, codes(4, 2))


def test_large_external_data_is_mapped(tmp_path: Path) -> None:
    """Three GiB, of which nothing is on disk, in a process that may have one."""
    with open(tmp_path / "w.bin", "wb") as f:
        f.truncate(3 << 30)
    weights = TensorProto(name="w", data_type=E4M3FN, dims=[1 << 15, 3 << 15])
    external(weights, "w.bin", 0, 3 << 30)
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s"], ["d"]),
        helper.make_node("MatMul", ["x", "d"], ["y"]),
    ]
    scale = tensor("s", F32, np.array(0.5, np.float32))
    inputs, outputs = [value("x", F32, 2, 1 << 15)], [value("y", F32, 2, 3 << 15)]
    onnx.save(model(nodes, inputs, outputs, [weights, scale]), tmp_path / "m.onnx")
    script = (
        "import sys, resource\n"
        "from fnuz.frontends.onnx import import_model\n"
        "module = import_model(sys.argv[1])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "m.onnx")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 1 << 20  # KiB


def test_one_name_for_many_nodes_and_none() -> None:
    nodes = [
        helper.make_node("Neg", ["x"], ["a"], name="n"),
        helper.make_node("Neg", ["a"], ["b"], name="n"),
        helper.make_node("Neg", ["b"], ["c"]),
        helper.make_node("NoSuchOp", ["c"], ["y"], name="n", domain="some.where"),
    ]
    proto = model(nodes, [value("x", F32, 2)], [value("y", F32, 2)])
    proto.opset_import.append(helper.make_opsetid("some.where", 1))
    with pytest.raises(ImportFailed) as error:
        import_model(proto)
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.file, diagnostic.line) == ("main", 4)
    assert "(some.where.NoSuchOp)" in diagnostic.message
    assert proto.graph.node[2].name == "", "the model of the caller is as it was"


def test_function_has_the_name_of_the_graph() -> None:
    proto = constant_model(tensor("w", E4M3FN, codes(2)))
    for name in ("net", "a b/c"):
        proto.graph.name = name
        (function,) = import_model(proto).body.operations
        assert function.sym_name.value == name


def test_context_of_the_caller() -> None:
    context = bindings.load().ir.Context()
    ops.load(context)
    module = import_model(constant_model(tensor("w", E4M3FN, codes(2))), context=context)
    assert module.context is context
    passes.run(module, "ocp-to-fnuz")


BAD_FILES = {
    "text": (b"hello", "not an ONNX model"),
    "empty": (b"", "not an ONNX model"),
    "zeros": (bytes(100), "not an ONNX model"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_files_that_are_no_model(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ImportFailed, match=message):
        import_model(tmp_path / "m.onnx")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="cannot open the model: No such file"):
        import_model(tmp_path / "m.onnx")


BAD_EXTERNAL = {
    "missing": ("no.bin", 0, 8, "'no.bin', which cannot be read: No such file or directory"),
    "short": ("w.bin", 4, 8, "bytes 4 to 12, but the file has 8"),
    "negative": ("w.bin", -4, 8, "bytes -4 to 4, but the file has 8"),
    "outside": ("../w.bin", 0, 8, "outside the folder of the model"),
    "wrong size": ("w.bin", 0, 7, "7 bytes, but its type needs 8"),
}


@pytest.mark.parametrize(
    ("location", "offset", "length", "message"), BAD_EXTERNAL.values(), ids=BAD_EXTERNAL
)
def test_bad_external_data(
    tmp_path: Path, location: str, offset: int, length: int, message: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in (folder / "w.bin", tmp_path / "w.bin"):
        file.write_bytes(bytes(8))
    weights = tensor("w", E4M3FN, codes(8))
    external(weights, location, offset, length)
    onnx.save(constant_model(weights), folder / "m.onnx")
    with pytest.raises(ImportFailed, match="tensor 'w'") as error:
        import_model(folder / "m.onnx")
    assert message in str(error.value)


def test_external_data_of_a_model_without_a_folder() -> None:
    weights = tensor("w", E4M3FN, codes(8))
    external(weights, "w.bin")
    with pytest.raises(ImportFailed, match="the folder of its data"):
        import_model(constant_model(weights))


def test_raw_data_of_the_wrong_size() -> None:
    weights = tensor("w", E4M3FN, codes(8))
    weights.dims[:] = [9]
    with pytest.raises(ImportFailed, match=r"raw_data size \(8 bytes\) is too small"):
        import_model(constant_model(weights))


def test_types_that_are_not_known() -> None:
    nodes = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT4E2M1)]
    proto = model(nodes, [value("x", F32, 2)], [value("y", TensorProto.FLOAT4E2M1, 2)])
    with pytest.raises(ImportFailed, match=r"node 'Cast_1' \(Cast\).*float4e2m1"):
        import_model(proto)


def test_value_without_a_rank() -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "s"], ["z"]),
        helper.make_node("Shape", ["z"], ["y"]),
    ]
    inputs = [value("x", E4M3FN, 4), value("s", TensorProto.INT64, "n")]
    with pytest.raises(ImportFailed, match=r"node 'Reshape_1'.*the rank of 'z' is not known"):
        import_model(model(nodes, inputs, [value("y", TensorProto.INT64, None)]))


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (F32, "node 'd' (Swish): torch-mlir has no lowering of it"),
        (
            E4M3FN,
            "node 'd' (Swish on float8e4m3fn[2]): 'onnx.Swish' op on !torch.vtensor<[2],f8E4M3FN>: "
            "no lowering of it is known; cast to f32 before it, and back",
        ),
    ],
    ids=["f32", "fp8"],
)
def test_op_that_nobody_lowers(type_: int, message: str) -> None:
    node = helper.make_node("Swish", ["x"], ["y"], name="d")
    shapes = [value("x", type_, 2)], [value("y", type_, 2)]
    with pytest.raises(ImportFailed) as error:
        import_model(model([node], *shapes, opset=24))
    assert str(error.value) == f"main:1:1: error: {message}"


def test_invalid_graphs() -> None:
    not_sorted = [helper.make_node("Neg", ["a"], ["y"]), helper.make_node("Neg", ["x"], ["a"])]
    with pytest.raises(ImportFailed, match="not a valid ONNX model"):
        import_model(model(not_sorted, [value("x", F32, 2)], [value("y", F32, 2)]))
    with pytest.raises(ImportFailed, match="not a valid ONNX model"):
        import_model(model([helper.make_node("NoOp", ["x"], ["y"])], [value("x", F32, 2)], []))


def qdq(x: str, y: str) -> list[NodeProto]:
    """Quantize and dequantize with the initializers of `quantizers`."""
    return [
        helper.make_node("QuantizeLinear", [x, "s", "z"], [f"{y}_q"]),
        helper.make_node("DequantizeLinear", [f"{y}_q", "s", "z"], [y]),
    ]


def quantizers() -> list[TensorProto]:
    return [
        tensor("s", F32, np.array(0.05, np.float32)),
        tensor("z", E4M3FN, np.array(0, np.uint8)),
    ]


def in_domain(domain: str, *nodes: NodeProto, **more: Any) -> ModelProto:
    """A model of nodes on f32[2,4], those without a domain of their own in `domain`."""
    for node in nodes:
        node.domain = node.domain or domain
    x, y = value("x", F32, 2, 4), value("y", F32, 2, 4)
    proto = model(nodes, [x], [y], quantizers(), **more)
    proto.opset_import.append(helper.make_opsetid(domain, 1))
    return proto


X = np.linspace(-30, 30, 8, dtype=np.float32).reshape(2, 4)


def rounded(x: np.ndarray) -> np.ndarray:
    """What `qdq` gives, by onnx's reference evaluator."""
    proto = model(qdq("x", "y"), [value("x", F32, 2, 4)], [value("y", F32, 2, 4)], quantizers())
    return ReferenceEvaluator(proto).run(None, {"x": x})[0]


def test_quantizers_of_onnxruntime() -> None:
    (got,) = run(import_model(in_domain("com.microsoft", *qdq("x", "y"))), X)
    assert np.array_equal(got, rounded(X))


@pytest.mark.parametrize("domain", ["", "com.microsoft"])
def test_rotary_embedding_is_that_of_onnxruntime(domain: str) -> None:
    """Its operands have another order than ONNX's, which is refused."""
    rng = np.random.default_rng(0)
    angles = [tensor(n, F32, rng.random((9, 2), dtype=np.float32)) for n in ("cos", "sin")]
    positions = tensor("p", TensorProto.INT64, np.array([[3, 1]], np.int64))
    x, y = value("x", F32, 1, 1, 2, 4), value("y", F32, 1, 1, 2, 4)
    node = helper.make_node("RotaryEmbedding", ["x", "cos", "sin", "p"], ["y"])
    proto = model([node], [x], [y], [*angles, positions])
    (want,) = ReferenceEvaluator(proto).run(None, {"x": X.reshape(1, 1, 2, 4)})
    if not domain:
        with pytest.raises(ImportFailed, match=r"RotaryEmbedding.*has no lowering"):
            import_model(proto)
        return
    proto.graph.node[0].domain = domain
    proto.graph.node[0].input[:] = ["x", "p", "cos", "sin"]
    proto.opset_import.append(helper.make_opsetid(domain, 1))
    (got,) = run(import_model(proto), X.reshape(1, 1, 2, 4))
    np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("opset", [17, 19])
def test_quantizers_of_tensorrt(opset: int) -> None:
    nodes = [
        helper.make_node("TRT_FP8QuantizeLinear", ["x", "s"], ["q"]),
        helper.make_node("TRT_FP8DequantizeLinear", ["q", "s"], ["y"]),
    ]
    proto = in_domain("trt", *nodes, opset=opset)
    proto.graph.value_info.append(value("q", TensorProto.UINT8, 2, 4))
    (got,) = run(import_model(proto), X)
    assert np.array_equal(got, rounded(X))


def test_own_domain_by_its_long_name() -> None:
    proto = model(qdq("x", "y"), [value("x", F32, 2, 4)], [value("y", F32, 2, 4)], quantizers())
    proto.opset_import[0].domain = "ai.onnx"
    proto.graph.node[1].domain = "ai.onnx"
    (got,) = run(import_model(proto), X)
    assert np.array_equal(got, rounded(X))


@pytest.mark.parametrize("domain", ["my.domain", "com.microsoft"])
def test_op_of_another_domain_is_not_that_of_onnx(domain: str) -> None:
    proto = in_domain(domain, helper.make_node("Relu", ["x"], ["y"]))
    with pytest.raises(
        ImportFailed, match=rf"^main:1:1: .*\({domain}.Relu\): no ops of the domain"
    ):
        import_model(proto)


def function(name: str, *nodes: NodeProto, opset: int = 23) -> FunctionProto:
    """A function of the model, from a to o."""
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["o"], nodes, opsets)


def test_function_with_the_name_of_an_op() -> None:
    proto = in_domain("own", helper.make_node("Relu", ["x"], ["y"]))
    proto.functions.append(function("Relu", helper.make_node("Neg", ["a"], ["o"])))
    (got,) = run(import_model(proto), X)
    assert np.array_equal(got, -X)


def test_error_in_functions_has_the_number_of_the_call() -> None:
    calls = [helper.make_node("Outer", [a], [b]) for a, b in (("x", "b"), ("b", "c"), ("c", "y"))]
    proto = in_domain("own", *calls)
    inner = [helper.make_node("Neg", ["a"], ["n"]), helper.make_node("NoOp", ["n"], ["o"])]
    inner[1].domain = "other"
    outer = [helper.make_node("Abs", ["a"], ["r"]), helper.make_node("Inner", ["r"], ["o"])]
    outer[1].domain = "own"
    proto.functions.extend([function("Outer", *outer), function("Inner", *inner)])
    proto.functions[1].opset_import.append(helper.make_opsetid("other", 1))
    proto.opset_import.append(helper.make_opsetid("other", 1))
    with pytest.raises(ImportFailed, match=r"^main:1:3: .*\(other.NoOp\)"):
        import_model(proto)
    proto.functions[0].node[1].op_type = "Inner2"
    proto.functions.append(function("Inner2", *[helper.make_node("Neg", ["a"], ["o"])]))
    module = import_model(proto)
    text = module.operation.get_asm(enable_debug_info=True)
    assert all(f'"main":{call}:{place}' in text for call in (1, 2, 3) for place in (1, 2))


def test_attention_is_written_out() -> None:
    node = helper.make_node("Attention", ["x", "x", "x"], ["y"], q_num_heads=2, kv_num_heads=2)
    proto = model([node], [value("x", F32, 1, 2, 4)], [value("y", F32, 1, 2, 4)])
    x = X.reshape(1, 2, 4) / 30
    (got,) = run(import_model(proto), x)
    (want,) = ReferenceEvaluator(proto).run(None, {"x": x})
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_node_that_upstream_passes_by_is_named() -> None:
    nodes = [helper.make_node("RMSNormalization", ["x", "g"], ["n"]), *qdq("n", "y")]
    weights = [*quantizers(), tensor("g", F32, np.ones(4, np.float32))]
    proto = model(nodes, [value("x", F32, 2, 4)], [value("y", F32, 2, 4)], weights)
    with pytest.raises(ImportFailed) as error:
        import_model(proto)
    message = "node 'RMSNormalization_1' (RMSNormalization): torch-mlir has no lowering of it"
    assert str(error.value) == f"main:1:1: error: {message}"


def test_names_are_one_line_in_errors() -> None:
    node = helper.make_node("Swish", ["x"], ["y"], name="é\n'\0")
    with pytest.raises(ImportFailed) as error:
        import_model(model([node], [value("x", F32, 2)], [value("y", F32, 2)], opset=24))
    assert str(error.value).startswith(r"""main:1:1: error: node "é\n'\x00" (Swish): """)


def test_what_nobody_reads_may_be_of_any_type() -> None:
    unread = helper.make_tensor("u", TensorProto.FLOAT4E2M1, (2,), [1.0, 2.0])
    proto = model([helper.make_node("Neg", ["x"], ["y"])], [value("x", F32, 2, 4)], [], [unread])
    proto.graph.output.append(value("y", F32, 2, 4))
    (got,) = run(import_model(proto), X)
    assert np.array_equal(got, -X)


def test_last_result_left_out() -> None:
    node = helper.make_node("MaxPool", ["x"], ["y", ""], kernel_shape=[2])
    proto = model([node], [value("x", F32, 1, 2, 4)], [value("y", F32, 1, 2, 3)])
    (got,) = run(import_model(proto), X.reshape(1, 2, 4))
    assert np.array_equal(got[0], X[:, 1:])


def test_declared_shape_that_is_wrong() -> None:
    """torch-mlir takes it, or lowers for ever."""
    proto = model([helper.make_node("Neg", ["x"], ["y"])], [value("x", F32, 2, 4)], [])
    proto.graph.output.append(value("y", F32, 2, 71))
    with pytest.raises(ImportFailed, match=r"shape inference failed: .*\(4\) vs \(71\)"):
        import_model(proto)


def test_negative_size() -> None:
    proto = model([helper.make_node("Neg", ["x"], ["y"])], [value("x", F32, -1)], [])
    proto.graph.output.append(value("y", F32, -1))
    with pytest.raises(ImportFailed, match=r"node 'Neg_1'.*'x' is float\[-1\].*negative size"):
        import_model(proto)


def test_constants_of_complex_numbers() -> None:
    weights = helper.make_tensor("w", TensorProto.COMPLEX64, (2,), [1, 2])
    with pytest.raises(ImportFailed, match="tensor 'w' is a constant of complex64, which is not"):
        import_model(constant_model(weights))


@pytest.mark.parametrize("type_", [TensorProto.INT4, TensorProto.UINT4])
def test_integers_of_four_bits(type_: int) -> None:
    """torch-mlir aborts on them."""
    node = helper.make_node("Cast", ["x"], ["y"], to=type_)
    with pytest.raises(ImportFailed, match=r"^main:1:1: .*a type that torch-mlir does not have"):
        import_model(model([node], [value("x", F32, 2)], [value("y", type_, 2)]))


def test_input_of_a_loop_that_hides_a_value() -> None:
    """torch-mlir's importer would read the value around the loop."""
    true = tensor("t", TensorProto.BOOL, np.array(True))
    count = tensor("n", TensorProto.INT64, np.array(3, np.int64))
    i, go = value("i", TensorProto.INT64), value("go", TensorProto.BOOL)
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Abs", ["v"], ["w"])],
        "body",
        [i, go, value("v", F32, 2, 4)],
        [value("on", TensorProto.BOOL), value("w", F32, 2, 4)],
    )
    nodes = [
        helper.make_node("Neg", ["x"], ["v"]),
        helper.make_node("Loop", ["n", "t", "x"], ["y"], body=body),
    ]
    proto = model(nodes, [value("x", F32, 2, 4)], [value("y", F32, 2, 4)], [true, count])
    with pytest.raises(ImportFailed, match=r"^main:2:1: .*input 'v' of its graph hides a value"):
        import_model(proto)
    nodes[0].output[0] = "other"
    proto = model(nodes, [value("x", F32, 2, 4)], [value("y", F32, 2, 4)], [true, count])
    (got,) = run(import_model(proto), X)
    assert np.array_equal(got, abs(X))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "'', which cannot be read: it is not a file"),
        ({"location": "w.bin", "offset": "0x8"}, "at an offset or length that is no number"),
        ({"location": "pipe"}, "'pipe', which cannot be read: it is not a file"),
        ({"location": "loop"}, "cannot be read: Symlink loop"),
        ({"location": "a\0b"}, "cannot be read: embedded null byte"),
    ],
    ids=["nowhere", "offset", "pipe", "link to itself", "null byte"],
)
def test_odd_external_data(tmp_path: Path, entries: dict[str, str], message: str) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(8))
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    weights = TensorProto(name="w", data_type=E4M3FN, dims=[8], data_location=TensorProto.EXTERNAL)
    for key, text in entries.items():
        weights.external_data.add(key=key, value=text)
    with pytest.raises(ImportFailed, match="tensor 'w'") as error:
        import_model(constant_model(weights), folder=tmp_path)
    assert message in str(error.value)


def test_bytes_of_a_model_that_are_not_as_they_were(tmp_path: Path) -> None:
    """Truncated anywhere and changed anywhere: imported, or refused in one line."""
    call = helper.make_node("Negated", ["x"], ["n"], name="é", domain="own")
    proto = in_domain("own", call, *qdq("n", "y"))
    for node in proto.graph.node[1:]:
        node.domain = ""
    proto.functions.append(function("Negated", helper.make_node("Neg", ["a"], ["o"])))
    content = proto.SerializeToString()
    rng = np.random.default_rng(0)
    files = [content[:i] for i in range(len(content))]
    for _ in range(100):
        changed = bytearray(content)
        changed[rng.integers(len(content))] = rng.integers(256)
        files.append(bytes(changed))
    path = tmp_path / "m.onnx"
    refused = []
    for file in files:
        path.write_bytes(file)
        try:
            assert import_model(path).operation.verify()
        except ImportFailed as error:
            refused += error.diagnostics
    assert len(content) <= len(refused) < len(files)
    assert not [d for d in refused if not d.message or "\n" in d.message]
