"""Kernels from MLIR by LLVM's AMDGPU backend to assembly, run by the emulator, bit for bit."""

import ml_dtypes
import numpy as np
import pytest
from gfx942_programs import compile_isa, compile_mlir, to_isa

from fnuz import emulator

FORMATS = {"f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz}
LDS = "#gpu.address_space<workgroup>"


def _module(signature, body, block, extra="", before=""):
    size = ", ".join(map(str, block))
    return f"""gpu.module @k {{
      {before}
      gpu.func @f({signature}) {extra} kernel
          attributes {{known_block_size = array<i32: {size}>}} {{
        {body}
        gpu.return
      }}
    }}"""


def _run(text, arguments, grid=1, block=(64, 1, 1), **options):
    program = compile_mlir(text, **options)
    (kernel,) = program.kernels.values()
    stats = emulator.launch(kernel, grid, block, arguments)
    assert not stats.undefined
    return stats


INDEX = """%t = gpu.thread_id x
    %b = gpu.block_id x
    %c64 = arith.constant 64 : index
    %first = arith.muli %b, %c64 : index
    %i = arith.addi %first, %t : index
    """


def test_copy():
    body = f"""{INDEX}
        %v = memref.load %a[%i] : memref<256xi32>
        memref.store %v, %o[%i] : memref<256xi32>"""
    a, o = np.arange(256, dtype=np.int32), np.zeros(256, np.int32)
    text = _module("%a: memref<256xi32>, %o: memref<256xi32>", body, (64, 1, 1))
    stats = _run(text, [a, o], 4)
    np.testing.assert_array_equal(o, a)
    assert stats.workgroups == stats.waves == 4
    assert stats.bytes["global_read"] == stats.bytes["global_write"] == 1024
    assert stats.instructions["vmem"] == 8


def test_saxpy_with_a_scalar_and_a_ragged_end():
    body = f"""{INDEX}
        %n = arith.constant 200 : index
        %in = arith.cmpi ult, %i, %n : index
        scf.if %in {{
          %u = memref.load %x[%i] : memref<200xf32>
          %v = memref.load %y[%i] : memref<200xf32>
          %w = math.fma %s, %u, %v : f32
          memref.store %w, %y[%i] : memref<200xf32>
        }}"""
    text = _module("%s: f32, %x: memref<200xf32>, %y: memref<200xf32>", body, (64, 1, 1))
    rng = np.random.default_rng(0)
    x, y = (rng.integers(-100, 100, 200).astype(np.float32) for _ in range(2))
    expected = np.float32(2.5) * x + y
    _run(text, [np.float32(2.5), x, y], 4)
    np.testing.assert_array_equal(y, expected)


REDUCE = f"""%t = gpu.thread_id x
    %b = gpu.block_id x
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c128 = arith.constant 128 : index
    %c256 = arith.constant 256 : index
    %first = arith.muli %b, %c256 : index
    %i = arith.addi %first, %t : index
    %v = memref.load %a[%i] : memref<1024xf32>
    memref.store %v, %l[%t] : memref<256xf32, {LDS}>
    gpu.barrier
    %last = scf.while (%s = %c128) : (index) -> index {{
      %more = arith.cmpi ugt, %s, %c0 : index
      scf.condition(%more) %s : index
    }} do {{
    ^bb0(%s: index):
      %in = arith.cmpi ult, %t, %s : index
      scf.if %in {{
        %j = arith.addi %t, %s : index
        %x = memref.load %l[%t] : memref<256xf32, {LDS}>
        %y = memref.load %l[%j] : memref<256xf32, {LDS}>
        %z = arith.addf %x, %y : f32
        memref.store %z, %l[%t] : memref<256xf32, {LDS}>
      }}
      gpu.barrier
      %half = arith.divui %s, %c2 : index
      scf.yield %half : index
    }}
    %is = arith.cmpi eq, %t, %c0 : index
    scf.if %is {{
      %x = memref.load %l[%c0] : memref<256xf32, {LDS}>
      memref.store %x, %o[%b] : memref<4xf32>
    }}"""


def _reduce_isa():
    signature, local = "%a: memref<1024xf32>, %o: memref<4xf32>", f"%l: memref<256xf32, {LDS}>"
    return _module(signature, REDUCE, (256, 1, 1), f"workgroup({local})")


def test_reduction_in_lds():
    a = np.random.default_rng(1).normal(size=1024).astype(np.float32)
    o = np.zeros(4, np.float32)
    _run(_reduce_isa(), [a, o], 4, 256)
    tree = a.reshape(4, 256).copy()
    while tree.shape[1] > 1:
        half = tree.shape[1] // 2
        tree = tree[:, :half] + tree[:, half:]
    np.testing.assert_array_equal(o, tree[:, 0])


def test_the_reduction_without_its_barriers_is_a_race():
    (kernel,) = compile_mlir(_reduce_isa()).kernels.values()
    program = kernel.program
    kept = [i for i in program.instructions if i.name == "s_barrier"]
    assert kept
    for i, each in enumerate(program.instructions):
        if each.name == "s_barrier":
            program.instructions[i] = emulator.parse("s_nop 0").instructions[0]
    with pytest.raises(emulator.DataRace, match=r"line \d+: ds_"):
        emulator.launch(kernel, 4, 256, [np.zeros(1024, np.float32), np.zeros(4, np.float32)])


def test_waves_and_lanes_that_loop_differently():
    body = f"""{INDEX}
        %v = memref.load %a[%i] : memref<256xi32>
        %zero = arith.constant 0 : i32
        %one = arith.constant 1 : i32
        %three = arith.constant 3 : i32
        %r:2 = scf.while (%x = %v, %n = %zero) : (i32, i32) -> (i32, i32) {{
          %more = arith.cmpi ugt, %x, %one : i32
          scf.condition(%more) %x, %n : i32, i32
        }} do {{
        ^bb0(%x: i32, %n: i32):
          %low = arith.andi %x, %one : i32
          %odd = arith.cmpi eq, %low, %one : i32
          %y = scf.if %odd -> i32 {{
            %m = arith.muli %x, %three : i32
            %q = arith.addi %m, %one : i32
            scf.yield %q : i32
          }} else {{
            %q = arith.shrui %x, %one : i32
            scf.yield %q : i32
          }}
          %next = arith.addi %n, %one : i32
          scf.yield %y, %next : i32, i32
        }}
        memref.store %r#1, %o[%i] : memref<256xi32>"""

    def steps(x):
        count = 0
        while x > 1:
            x = 3 * x + 1 if x % 2 else x // 2
            count += 1
        return count

    a, o = np.arange(256, dtype=np.int32), np.zeros(256, np.int32)
    _run(_module("%a: memref<256xi32>, %o: memref<256xi32>", body, (64, 1, 1)), [a, o], 4)
    assert o.tolist() == [steps(x) for x in range(256)]


@pytest.mark.parametrize("name", FORMATS)
def test_casts_of_vectors(name):
    body = f"""%t = gpu.thread_id x
        %c16 = arith.constant 16 : index
        %i = arith.muli %t, %c16 : index
        %v = vector.load %a[%i] : memref<1024xf32>, vector<16xf32>
        %w = arith.truncf %v : vector<16xf32> to vector<16x{name}>
        vector.store %w, %q[%i] : memref<1024x{name}>, vector<16x{name}>
        %x = arith.extf %w : vector<16x{name}> to vector<16xf32>
        vector.store %x, %o[%i] : memref<1024xf32>, vector<16xf32>"""
    signature = f"%a: memref<1024xf32>, %q: memref<1024x{name}>, %o: memref<1024xf32>"
    bits = np.random.default_rng(2).integers(0, 1 << 32, 1024, dtype=np.uint32)
    a = bits.view(np.float32).copy()
    a[::2] = np.random.default_rng(3).normal(size=512) * 20
    q, o = np.zeros(1024, np.uint8), np.zeros(1024, np.float32)
    _run(_module(signature, body, (64, 1, 1)), [a, q, o], fp8_casts=True)
    with np.errstate(all="ignore"):
        expected = a.astype(FORMATS[name])
    np.testing.assert_array_equal(q, expected.view(np.uint8))
    np.testing.assert_array_equal(o, expected.astype(np.float32))


@pytest.mark.parametrize("kind", ["f16", "f32", "f64"])
def test_division_is_correctly_rounded(kind):
    """v_div_scale, v_rcp, v_fma, v_div_fmas and v_div_fixup together, over all exponents."""
    body = f"""{INDEX}
        %x = memref.load %a[%i] : memref<1024x{kind}>
        %y = memref.load %d[%i] : memref<1024x{kind}>
        %z = arith.divf %x, %y : {kind}
        memref.store %z, %o[%i] : memref<1024x{kind}>"""
    names = ", ".join(f"%{n}: memref<1024x{kind}>" for n in "ado")
    dtype = np.dtype(f"f{int(kind[1:]) // 8}")
    uint = np.dtype(f"u{dtype.itemsize}")
    rng = np.random.default_rng(4)
    top = np.iinfo(uint).max
    a, b = (rng.integers(0, top, 1024, dtype=uint, endpoint=True).view(dtype) for _ in range(2))
    # Quotients at both ends of the range, and special operands.
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1, np.finfo(dtype).tiny], dtype)
    x, y = np.meshgrid(special, special)
    a[: x.size], b[: x.size] = x.ravel(), y.ravel()
    a[100:200], b[100:200] = np.finfo(dtype).smallest_subnormal * np.arange(1, 101), a[200:300]
    b[300:400] = np.finfo(dtype).max
    o = np.zeros(1024, dtype)
    _run(_module(names, body, (64, 1, 1)), [a, b, o], 16)
    with np.errstate(all="ignore"):
        expected = a / b
    nan = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(o), nan)
    np.testing.assert_array_equal(o.view(uint)[~nan], expected.view(uint)[~nan])


@pytest.mark.parametrize("kind", ["i32", "i64"])
def test_integer_division(kind):
    body = f"""{INDEX}
        %x = memref.load %a[%i] : memref<256x{kind}>
        %y = memref.load %d[%i] : memref<256x{kind}>
        %q = arith.divui %x, %y : {kind}
        %r = arith.remsi %x, %y : {kind}
        %z = arith.xori %q, %r : {kind}
        memref.store %z, %o[%i] : memref<256x{kind}>"""
    names = ", ".join(f"%{n}: memref<256x{kind}>" for n in "ado")
    dtype = np.dtype(f"i{int(kind[1:]) // 8}")
    rng = np.random.default_rng(5)
    info = np.iinfo(dtype)
    a = rng.integers(info.min, info.max, 256, dtype=dtype)
    b = rng.integers(info.min, info.max, 256, dtype=dtype) >> rng.integers(
        0, info.bits - 1, 256, dtype=dtype
    )
    b[b == 0] = 7
    o = np.zeros(256, dtype)
    _run(_module(names, body, (64, 1, 1)), [a, b, o], 4)
    unsigned = a.view(f"u{dtype.itemsize}") // b.view(f"u{dtype.itemsize}")
    np.testing.assert_array_equal(o, unsigned.view(dtype) ^ np.fmod(a, b))


def test_private_memory_and_constants():
    """An array in scratch that a run-time index reads; a table in the data of the program."""
    body = f"""{INDEX}
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c37 = arith.constant 37 : index
        %table = memref.get_global @table : memref<4xi32>
        scf.for %j = %c0 to %c37 step %c1 {{
          %x = memref.load %a[%j] : memref<64xi32>
          memref.store %x, %p[%j] : memref<37xi32, #gpu.address_space<private>>
        }}
        %k = arith.remui %t, %c37 : index
        %x = memref.load %p[%k] : memref<37xi32, #gpu.address_space<private>>
        %c3 = arith.constant 3 : i32
        %low = arith.andi %x, %c3 : i32
        %at = arith.index_cast %low : i32 to index
        %y = memref.load %table[%at] : memref<4xi32>
        %z = arith.addi %x, %y : i32
        memref.store %z, %o[%t] : memref<64xi32>"""
    text = _module(
        "%a: memref<64xi32>, %o: memref<64xi32>",
        body,
        (64, 1, 1),
        "private(%p: memref<37xi32, #gpu.address_space<private>>)",
        'memref.global "private" constant @table : memref<4xi32> = dense<[300, -5, 70, 1000]>',
    )
    a = np.random.default_rng(6).integers(0, 100, 64).astype(np.int32)
    o = np.zeros(64, np.int32)
    stats = _run(text, [a, o])
    x = a[np.arange(64) % 37]
    np.testing.assert_array_equal(o, x + np.array([300, -5, 70, 1000])[x & 3])
    assert stats.bytes["scratch_read"] == 256


def test_atomics_and_shuffles():
    body = f"""{INDEX}
        %c8 = arith.constant 8 : index
        %j = arith.remui %t, %c8 : index
        %x = memref.load %a[%i] : memref<256xi32>
        %r = memref.atomic_rmw addi %x, %sum[%j] : (i32, memref<8xi32>) -> i32
        %four = arith.constant 4 : i32
        %wave = arith.constant 64 : i32
        %y, %valid = gpu.shuffle xor %x, %four, %wave : i32
        memref.store %y, %o[%i] : memref<256xi32>"""
    text = _module(
        "%a: memref<256xi32>, %sum: memref<8xi32>, %o: memref<256xi32>", body, (64, 1, 1)
    )
    a = np.random.default_rng(7).integers(-99, 99, 256).astype(np.int32)
    total, o = np.arange(8, dtype=np.int32), np.zeros(256, np.int32)
    _run(text, [a, total, o], 4)
    np.testing.assert_array_equal(total, np.arange(8) + a.reshape(32, 8).sum(0))
    np.testing.assert_array_equal(o, a[np.arange(256) ^ 4])


def test_a_wave_reduces_to_one_atomic():
    """The backend reduces over the wave with DPP before an atomic at one address."""
    body = f"""{INDEX}
        %c0 = arith.constant 0 : index
        %x = memref.load %a[%i] : memref<256xi32>
        %r = memref.atomic_rmw addi %x, %sum[%c0] : (i32, memref<1xi32>) -> i32
        memref.store %r, %o[%i] : memref<256xi32>"""
    text = _module(
        "%a: memref<256xi32>, %sum: memref<1xi32>, %o: memref<256xi32>", body, (64, 1, 1)
    )
    a = np.random.default_rng(8).integers(-99, 99, 256).astype(np.int32)
    total, o = np.array([5], np.int32), np.zeros(256, np.int32)
    _run(text, [a, total, o], 4)
    assert total[0] == 5 + a.sum()
    before = 5 + np.concatenate([[0], np.cumsum(a)[:-1]])
    np.testing.assert_array_equal(o, before)


def test_ids_and_sizes_in_three_dimensions():
    llvm = """llvm.func @f(%p: !llvm.ptr<1>) attributes {gpu.kernel, rocdl.kernel} {
      %x = rocdl.workitem.id.x : i32
      %y = rocdl.workitem.id.y : i32
      %z = rocdl.workitem.id.z : i32
      %bx = rocdl.workgroup.id.x : i32
      %by = rocdl.workgroup.id.y : i32
      %bz = rocdl.workgroup.id.z : i32
      %implicit = llvm.call_intrinsic "llvm.amdgcn.implicitarg.ptr"() : () -> !llvm.ptr<4>
      %gx = llvm.load %implicit : !llvm.ptr<4> -> i32
      %two = llvm.getelementptr %implicit[4] : (!llvm.ptr<4>) -> !llvm.ptr<4>, i8
      %gy = llvm.load %two : !llvm.ptr<4> -> i32
      %size = llvm.getelementptr %implicit[12] : (!llvm.ptr<4>) -> !llvm.ptr<4>, i8
      %sx16 = llvm.load %size : !llvm.ptr<4> -> i16
      %sx = llvm.zext %sx16 : i16 to i32
      %c4 = llvm.mlir.constant(4 : i32) : i32
      %c5 = llvm.mlir.constant(5 : i32) : i32
      %c60 = llvm.mlir.constant(60 : i32) : i32
      %c1000 = llvm.mlir.constant(1000 : i32) : i32
      %0 = llvm.mul %z, %c4 : i32
      %1 = llvm.add %0, %y : i32
      %2 = llvm.mul %1, %sx : i32
      %3 = llvm.add %2, %x : i32
      %4 = llvm.mul %bz, %gy : i32
      %5 = llvm.add %4, %by : i32
      %6 = llvm.mul %5, %gx : i32
      %7 = llvm.add %6, %bx : i32
      %8 = llvm.mul %7, %c60 : i32
      %i = llvm.add %8, %3 : i32
      %v = llvm.add %i, %c1000 : i32
      %q = llvm.getelementptr %p[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
      llvm.store %v, %q : i32, !llvm.ptr<1>
      llvm.return
    }"""
    kernel = emulator.parse(to_isa(f"gpu.module @k {{ {llvm} }}")).kernels["f"]
    o = np.zeros(60 * 12, np.int32)
    stats = emulator.launch(kernel, (3, 2, 2), (5, 4, 3), [o])
    np.testing.assert_array_equal(o, 1000 + np.arange(60 * 12))
    assert stats.waves == 12


@pytest.mark.parametrize("uniform", [True, False])
def test_elements_by_a_run_time_index(uniform):
    """s_set_gpr_idx_on where the index is the same in all lanes, a chain of selects elsewhere."""
    index = "%n" if uniform else "%t"
    llvm = f"""llvm.func @f(%a: !llvm.ptr<1>, %o: !llvm.ptr<1>, %n: i32)
        attributes {{gpu.kernel, rocdl.kernel, rocdl.flat_work_group_size="64,64"}} {{
      %t = rocdl.workitem.id.x : i32
      %c15 = llvm.mlir.constant(15 : i32) : i32
      %one = llvm.mlir.constant(-1.0 : f32) : f32
      %at = llvm.and {index}, %c15 : i32
      %p = llvm.getelementptr %a[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, vector<16xf32>
      %v = llvm.load %p : !llvm.ptr<1> -> vector<16xf32>
      %old = llvm.extractelement %v[%at : i32] : vector<16xf32>
      %new = llvm.fadd %old, %one : f32
      %w = llvm.insertelement %new, %v[%at : i32] : vector<16xf32>
      %q = llvm.getelementptr %o[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, vector<16xf32>
      llvm.store %w, %q : vector<16xf32>, !llvm.ptr<1>
      llvm.return
    }}"""
    kernel = emulator.parse(to_isa(f"gpu.module @k {{ {llvm} }}")).kernels["f"]
    a, o = np.arange(1024, dtype=np.float32).reshape(64, 16), np.zeros((64, 16), np.float32)
    stats = emulator.launch(kernel, 1, 64, [a, o, 19])
    assert not stats.undefined
    assert (stats.names["s_set_gpr_idx_on"] > 0) == uniform
    expected = a.copy()
    expected[np.arange(64), 19 % 16 if uniform else np.arange(64) % 16] -= 1
    np.testing.assert_array_equal(o, expected)


def test_calls_and_switches():
    """A function that is not inlined, and a branch for each case."""
    cases = range(9)
    blocks = "".join(
        f"""^case{i}:
          %k{i} = llvm.mlir.constant({100 + 7 * i * i} : i32) : i32
          llvm.br ^end(%k{i} : i32)
        """
        for i in cases
    )
    targets = ", ".join(f"{i}: ^case{i}" for i in cases)
    llvm = f"""llvm.func internal @g(%x: i32) -> i32 attributes {{passthrough = ["noinline"]}} {{
      %none = llvm.mlir.constant(-1 : i32) : i32
      llvm.switch %x : i32, ^end(%none : i32) [{targets}]
      {blocks}
      ^end(%r: i32):
      llvm.return %r : i32
    }}
    llvm.func @f(%o: !llvm.ptr<1>) attributes {{gpu.kernel, rocdl.kernel}} {{
      %t = rocdl.workitem.id.x : i32
      %r = llvm.call @g(%t) : (i32) -> i32
      %q = llvm.getelementptr %o[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
      llvm.store %r, %q : i32, !llvm.ptr<1>
      llvm.return
    }}"""
    kernel = emulator.parse(to_isa(f"gpu.module @k {{ {llvm} }}")).kernels["f"]
    o = np.zeros(128, np.int32)
    stats = emulator.launch(kernel, 1, 128, [o])
    assert o.tolist() == [100 + 7 * i * i if i in cases else -1 for i in range(128)]
    assert stats.names["s_swappc_b64"] == 2
    assert not stats.undefined


def test_buffers_end_where_their_memref_ends():
    fat = "#amdgpu.address_space<fat_raw_buffer>"
    body = f"""%t = gpu.thread_id x
        %x = amdgpu.fat_raw_buffer_cast %a resetOffset : memref<100xf32> to memref<100xf32, {fat}>
        %y = amdgpu.fat_raw_buffer_cast %o resetOffset : memref<100xf32> to memref<100xf32, {fat}>
        %v = memref.load %x[%t] : memref<100xf32, {fat}>
        %w = arith.addf %v, %v : f32
        memref.store %w, %y[%t] : memref<100xf32, {fat}>"""
    text = _module("%a: memref<100xf32>, %o: memref<100xf32>", body, (128, 1, 1))
    a, o = np.arange(100, dtype=np.float32), np.zeros(100, np.float32)
    stats = _run(text, [a, o], 1, 128)
    np.testing.assert_array_equal(o, a + a)
    assert stats.bytes["global_write"] == 400


def test_gather_to_lds():
    body = f"""%t = gpu.thread_id x
        %c0 = arith.constant 0 : index
        %c63 = arith.constant 63 : index
        amdgpu.gather_to_lds %a[%t], %l[%c0] : f32, memref<64xf32>, memref<64xf32, {LDS}>
        gpu.barrier
        %r = arith.subi %c63, %t : index
        %v = memref.load %l[%r] : memref<64xf32, {LDS}>
        memref.store %v, %o[%t] : memref<64xf32>"""
    signature = "%a: memref<64xf32>, %o: memref<64xf32>"
    text = _module(signature, body, (64, 1, 1), f"workgroup(%l: memref<64xf32, {LDS}>)")
    a, o = np.arange(64, dtype=np.float32), np.zeros(64, np.float32)
    stats = _run(text, [a, o])
    np.testing.assert_array_equal(o, a[::-1])
    assert stats.names["global_load_lds_dword"] == 1


def _operands(a_type, b_type, m, n, k, seed):
    """Small integers and fractions: all partial sums are exact in f32."""
    rng = np.random.default_rng(seed)
    values = np.array([0, 0.5, 1, -1, 1.5, 2, -3, 4], np.float32)
    a = values[rng.integers(0, 8, (m, k))].astype(FORMATS[a_type])
    b = values[rng.integers(0, 8, (n, k))].astype(FORMATS[b_type])
    return a, b, a.astype(np.float32) @ b.astype(np.float32).T


MIXES = [(a, b) for a in FORMATS for b in FORMATS]


@pytest.mark.parametrize(("a_type", "b_type"), MIXES)
def test_gemm_from_global_memory(a_type, b_type):
    """One wave, a tile of 16 x 16, K = 96 in a loop of 16x16x32."""
    body = f"""%t = gpu.thread_id x
        %c0 = arith.constant 0 : index
        %c8 = arith.constant 8 : index
        %c4 = arith.constant 4 : index
        %c16 = arith.constant 16 : index
        %c32 = arith.constant 32 : index
        %c96 = arith.constant 96 : index
        %row = arith.remui %t, %c16 : index
        %group = arith.divui %t, %c16 : index
        %k0 = arith.muli %group, %c8 : index
        %zero = arith.constant dense<0.0> : vector<4xf32>
        %sum = scf.for %k = %c0 to %c96 step %c32 iter_args(%acc = %zero) -> vector<4xf32> {{
          %kk = arith.addi %k, %k0 : index
          %x = vector.load %a[%row, %kk] : memref<16x96x{a_type}>, vector<8x{a_type}>
          %y = vector.load %b[%row, %kk] : memref<16x96x{b_type}>, vector<8x{b_type}>
          %next = amdgpu.mfma 16x16x32 %x * %y + %acc
            {{abid = 0 : i32, cbsz = 0 : i32}} blgp = none
            : vector<8x{a_type}>, vector<8x{b_type}>, vector<4xf32>
          scf.yield %next : vector<4xf32>
        }}
        %r0 = arith.muli %group, %c4 : index
        """
    for r in range(4):
        body += f"""%r{r}c = arith.constant {r} : index
        %at{r} = arith.addi %r0, %r{r}c : index
        %v{r} = vector.extract %sum[{r}] : f32 from vector<4xf32>
        memref.store %v{r}, %o[%at{r}, %row] : memref<16x16xf32>
        """
    signature = f"%a: memref<16x96x{a_type}>, %b: memref<16x96x{b_type}>, %o: memref<16x16xf32>"
    a, b, expected = _operands(a_type, b_type, 16, 16, 96, 9)
    o = np.zeros((16, 16), np.float32)
    stats = _run(_module(signature, body, (64, 1, 1)), [a, b, o])
    np.testing.assert_array_equal(o, expected)
    assert stats.instructions["mfma"] == 3


CHAINS = [
    ("16x16x32", 1, "8xf8E4M3FNUZ", "4xf32"),
    ("32x32x16", 1, "8xf8E5M2FNUZ", "16xf32"),
    ("16x16x16", 1, "4xf16", "4xf32"),
    ("32x32x4", 2, "4xbf16", "32xf32"),
    ("4x4x4", 16, "4xf16", "4xf32"),
    ("16x16x4", 4, "4xi8", "16xi32"),
    ("32x32x2", 1, "f32", "16xf32"),
    ("4x4x1", 16, "f32", "4xf32"),
]


@pytest.mark.parametrize(("shape", "blocks", "source", "result"), CHAINS)
def test_each_s_nop_of_the_backend_is_needed(shape, blocks, source, result):
    """LLVM inserts the wait states of its own table: one less is refused, all of them are not.

    The results are used as accumulator, by the VALU and by stores.
    """
    width, _, element = source.rpartition("x")
    size = 64 * int(width or 1)
    a_type = f"vector<{source}>" if width else source
    load = "vector.load" if width else "memref.load"
    suffix = f", {a_type}" if width else ""
    count, kind = result.split("x")
    out = f"vector<{result}>"

    def mfma(name, c):
        return f"""%{name} = amdgpu.mfma {shape} %x * %y + %{c}
          {{abid = 0 : i32, blocks = {blocks} : i32, cbsz = 0 : i32}} blgp = none
          : {a_type}, {a_type}, {out}"""

    zero = "0" if kind == "i32" else "0.0"
    body = f"""%t = gpu.thread_id x
        %width = arith.constant {width or 1} : index
        %i = arith.muli %t, %width : index
        %x = {load} %a[%i] : memref<{size}x{element}>{suffix}
        %y = {load} %b[%i] : memref<{size}x{element}>{suffix}
        %zero = arith.constant dense<{zero}> : {out}
        {mfma("m0", "zero")}
        {mfma("m1", "m0")}
        {mfma("m2", "zero")}
        %s = arith.add{kind[0]} %m1, %m2 : {out}
        {mfma("m3", "s")}
        %count = arith.constant {count} : index
        %j = arith.muli %t, %count : index
        vector.store %m3, %o[%j] : memref<{64 * int(count)}x{kind}>, {out}"""
    arrays = f"%a: memref<{size}x{element}>, %b: memref<{size}x{element}>"
    signature = f"{arrays}, %o: memref<{64 * int(count)}x{kind}>"
    isa = compile_isa(_module(signature, body, (64, 1, 1)))
    octets = np.ones(4 * size, np.uint8)
    arguments = [octets, octets.copy(), np.zeros(64 * int(count), np.uint32)]

    def run(lines):
        emulator.launch(emulator.parse("\n".join(lines)).kernels["f"], 1, 64, arguments)

    lines = isa.splitlines()
    run(lines)
    nops = [i for i, line in enumerate(lines) if line.strip().startswith("s_nop")]
    assert nops
    for at in nops:
        states = int(lines[at].split()[1])
        less = [f"s_nop {states - 1}"] if states else []
        with pytest.raises(emulator.HazardViolated):
            run(lines[:at] + less + lines[at + 1 :])


def _pipelined_gemm(a_type, b_type, m, n, k):
    """C = A B^T with tiles of 64 x 64, K by 64, 4 waves as 2 x 2 with 32x32x16 each.

    Two stages of LDS with swizzled chunks of 16 bytes; the next tile is loaded through buffers
    while this one is multiplied, and stored to the other stage before the barrier.
    """
    lines = []

    def let(name, text):
        lines.append(f"%{name} = {text}")
        return f"%{name}"

    def op(name, kind, x, y):
        return let(name, f"arith.{kind} {x}, {y} : index")

    for value in (0, 1, 2, 3, 4, 16, 32, 64, 4096, k):
        let(f"c{value}", f"arith.constant {value} : index")
    let("t", "gpu.thread_id x upper_bound 256")
    let("bx", "gpu.block_id x")
    let("by", "gpu.block_id y")
    op("wave", "divui", "%t", "%c64")
    op("lane", "remui", "%t", "%c64")
    op("wm", "divui", "%wave", "%c2")
    op("wn", "remui", "%wave", "%c2")
    op("lr", "remui", "%lane", "%c32")
    op("lg", "divui", "%lane", "%c32")
    op("m0", "muli", "%by", "%c64")
    op("n0", "muli", "%bx", "%c64")
    # What a thread stages: 16 bytes of a row.
    op("row", "divui", "%t", "%c4")
    op("chunk", "remui", "%t", "%c4")
    op("col", "muli", "%chunk", "%c16")

    def lds_address(name, row, chunk):
        op(f"{name}h", "divui", row, "%c2")
        op(f"{name}x", "remui", f"%{name}h", "%c4")
        op(f"{name}s", "xori", chunk, f"%{name}x")
        op(f"{name}b", "muli", f"%{name}s", "%c16")
        op(f"{name}r", "muli", row, "%c64")
        return op(name, "addi", f"%{name}r", f"%{name}b")

    lds_address("put", "%row", "%chunk")
    tiles = {"a": (a_type, m, "%m0", "%wm"), "b": (b_type, n, "%n0", "%wn")}

    def load(side, tag, at):
        kind, rows, first, _ = tiles[side]
        op(f"{tag}{side}g", "addi", first, "%row")
        op(f"{tag}{side}k", "addi", "%col", at)
        row = let(f"{tag}{side}gi", f"arith.index_cast %{tag}{side}g : index to i32")
        col = let(f"{tag}{side}ki", f"arith.index_cast %{tag}{side}k : index to i32")
        return let(
            f"{tag}{side}",
            f"amdgpu.raw_buffer_load {{boundsCheck = true}} %{side}[{row}, {col}] : "
            f"memref<{rows}x{k}x{kind}>, i32, i32 -> vector<16x{kind}>",
        )

    def lds_type(kind):
        return f"memref<8192x{kind}, {LDS}>"

    def store(side, tag, value, stage):
        kind = tiles[side][0]
        at = op(f"{tag}{side}p", "addi", "%put", stage)
        lines.append(f"vector.store {value}, %l{side}[{at}] : {lds_type(kind)}, vector<16x{kind}>")

    def fragment(side, step, stage):
        kind, _, _, w = tiles[side]
        tag = f"f{side}{step}"
        op(f"{tag}w", "muli", w, "%c32")
        op(f"{tag}row", "addi", f"%{tag}w", "%lr")
        op(f"{tag}chunk", "addi", "%lg", f"%c{2 * step}")
        lds_address(f"{tag}a", f"%{tag}row", f"%{tag}chunk")
        at = op(f"{tag}at", "addi", f"%{tag}a", stage)
        return let(tag, f"vector.load %l{side}[{at}] : {lds_type(kind)}, vector<16x{kind}>")

    let("z", "arith.constant dense<0.0> : vector<16xf32>")
    first = [load(side, "p", "%c0") for side in tiles]
    for side, value in zip(tiles, first, strict=True):
        store(side, "p", value, "%c0")
    lines.append("amdgpu.lds_barrier")
    lines.append(
        f"%r:2 = scf.for %k = %c0 to %c{k} step %c64 iter_args(%acc0 = %z, %stage = %c0)"
        " -> (vector<16xf32>, index) {"
    )
    op("other", "xori", "%stage", "%c4096")
    op("ahead", "addi", "%k", "%c64")
    following = [load(side, "n", "%ahead") for side in tiles]
    acc = "%acc0"
    for step in range(2):
        parts = [fragment(side, step, "%stage") for side in tiles]
        for half in range(2):
            halves = []
            for side, part in zip(tiles, parts, strict=True):
                kind = tiles[side][0]
                halves.append(
                    let(
                        f"h{side}{step}{half}",
                        f"vector.extract_strided_slice {part} {{offsets = [{8 * half}], "
                        f"sizes = [8], strides = [1]}} : vector<16x{kind}> to vector<8x{kind}>",
                    )
                )
            acc = let(
                f"m{step}{half}",
                f"amdgpu.mfma 32x32x16 {halves[0]} * {halves[1]} + {acc} "
                "{abid = 0 : i32, cbsz = 0 : i32} blgp = none : "
                f"vector<8x{a_type}>, vector<8x{b_type}>, vector<16xf32>",
            )
    for side, value in zip(tiles, following, strict=True):
        store(side, "n", value, "%other")
    lines.append("amdgpu.lds_barrier")
    lines.append(f"scf.yield {acc}, %other : vector<16xf32>, index\n}}")
    op("cm", "muli", "%wm", "%c32")
    op("cn", "muli", "%wn", "%c32")
    op("lg4", "muli", "%lg", "%c4")
    op("rb", "addi", "%m0", "%cm")
    op("rl", "addi", "%rb", "%lg4")
    op("cb", "addi", "%n0", "%cn")
    op("cc", "addi", "%cb", "%lr")
    for r in range(16):
        let(f"e{r}", f"vector.extract %r#0[{r}] : f32 from vector<16xf32>")
        let(f"d{r}", f"arith.constant {8 * (r // 4) + r % 4} : index")
        op(f"o{r}", "addi", "%rl", f"%d{r}")
        lines.append(f"memref.store %e{r}, %o[%o{r}, %cc] : memref<{m}x{n}xf32>")
    signature = (
        f"%a: memref<{m}x{k}x{a_type}>, %b: memref<{n}x{k}x{b_type}>, %o: memref<{m}x{n}xf32>"
    )
    local = f"workgroup(%la: {lds_type(a_type)}, %lb: {lds_type(b_type)})"
    return _module(signature, "\n".join(lines), (256, 1, 1), local)


@pytest.mark.parametrize(("a_type", "b_type"), MIXES)
def test_pipelined_gemm(a_type, b_type):
    m, n, k = 128, 192, 256
    a, b, expected = _operands(a_type, b_type, m, n, k, 10)
    o = np.zeros((m, n), np.float32)
    stats = _run(_pipelined_gemm(a_type, b_type, m, n, k), [a, b, o], (n // 64, m // 64), 256)
    np.testing.assert_array_equal(o, expected)
    assert stats.instructions["mfma"] == m * n * k // (32 * 32 * 16)
    # Both operands once a workgroup and stage, the last stage beyond the end of the loop too.
    assert stats.bytes["lds_write"] == 6 * (k // 64 + 1) * 8192


def test_the_pipelined_gemm_with_one_wait_less_is_refused():
    """Every s_waitcnt but the last is needed: after that nothing reads what it waits for."""
    text = _pipelined_gemm("f8E4M3FNUZ", "f8E4M3FNUZ", 64, 64, 128)
    (kernel,) = compile_mlir(text).kernels.values()
    instructions = kernel.program.instructions
    *waits, last = [i for i, each in enumerate(instructions) if each.name == "s_waitcnt"]
    assert not any(each.name.startswith("ds_") for each in instructions[last:])
    nop = emulator.parse("s_nop 0").instructions[0]
    a, b, _ = _operands("f8E4M3FNUZ", "f8E4M3FNUZ", 64, 64, 128, 11)
    o = np.zeros((64, 64), np.float32)
    refused = 0
    for at in waits:
        kept = instructions[at]
        instructions[at] = nop
        try:
            emulator.launch(kernel, 1, 256, [a, b, o])
        except (emulator.MissingWait, emulator.DataRace):
            refused += 1
        finally:
            instructions[at] = kept
    assert len(waits) > 5
    assert refused == len(waits)
