"""Reading ONNX models: where their constants are, what their nodes are called, what is refused."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from imported import BF16, E4M3FN, E5M2, F16, F32, codes, model, run, tensor, value
from onnx import ModelProto, TensorProto, helper

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
