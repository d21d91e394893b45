"""Plain kernels: their ISA on the emulator against numpy, bit for bit where the op is exact."""

import itertools
import re

import ml_dtypes
import numpy as np
import pytest
from gfx942_host import DTYPES, map_and_compile

from fnuz.dialect.formats import FORMATS, fnuz_to_ocp_codes, ocp_to_fnuz_codes

FLOATS = ("f32", "f16", "bf16", "f64")
INTEGERS = ("i8", "i16", "i32", "i64")
FP8 = ("f8E4M3FNUZ", "f8E5M2FNUZ", "f8E4M3FN", "f8E5M2")


def compiled(*functions, **options):
    """One module for many checks."""
    return map_and_compile("\n".join(functions), by="map-to-lanes", **options)


def tensor(shape, element):
    return f"tensor<{''.join(f'{n}x' for n in shape)}{element}>"


def letters(dims):
    return ", ".join(f"d{ord(c) - 97}" if c.isalpha() else c for c in dims)


def generic(name, sizes, inputs, results, body, captured=(), inits=()):
    """A function of one linalg.generic. `sizes` has the size of each dim ("ab" are d0 and d1).

    An input is dims and element type, dims of None a scalar; it is %x0, %x1 ... in the body. A
    result likewise, its init %y0 ...; `body` yields. `inits` are arguments for the inits.
    """
    everything = [*inputs, *results]
    names = ", ".join(f"d{n}" for n in range(len(sizes)))
    maps = [
        f"affine_map<({names}) -> ({'' if dims is None else letters(dims)})>"
        for dims, _ in everything
    ]
    used = {d for dims, _ in results for d in dims}
    kinds = ["parallel" if chr(97 + n) in used else "reduction" for n in range(len(sizes))]

    def type(dims, element):
        return element if dims is None else tensor([sizes[ord(d) - 97] for d in dims], element)

    types = [type(*each) for each in everything]
    arguments = [f"%a{n}: {t}" for n, t in enumerate(types[: len(inputs)])]
    arguments += [f"%{n}: {t}" for n, t in captured]
    arguments += [f"%i{n}: {t}" for n, t in enumerate(types[len(inputs) :]) if inits]
    empty = "\n".join(
        f"%i{n} = tensor.empty() : {t}" for n, t in enumerate(types[len(inputs) :]) if not inits
    )
    block = [f"%x{n}: {e}" for n, (_, e) in enumerate(inputs)]
    block += [f"%y{n}: {e}" for n, (_, e) in enumerate(results)]
    outs = ", ".join(f"%i{n}" for n in range(len(results)))
    of_results = ", ".join(types[len(inputs) :])
    ins = ", ".join(f"%a{n}" for n in range(len(inputs)))
    ins = f"ins({ins} : {', '.join(types[: len(inputs)])})" if inputs else ""
    kinds = ", ".join(f'"{kind}"' for kind in kinds)
    count = f":{len(results)}" if len(results) > 1 else ""
    values = ", ".join(f"%0#{n}" for n in range(len(results))) if count else "%0"
    returned = f"({of_results})" if count else of_results
    return f"""
    func.func @{name}({", ".join(arguments)}) -> {returned} {{
      {empty}
      %0{count} = linalg.generic {{indexing_maps = [{", ".join(maps)}],
          iterator_types = [{kinds}]}} {ins} outs({outs} : {of_results}) {{
      ^bb0({", ".join(block)}):
        {body}
      }} -> {returned}
      return {values} : {of_results}
    }}"""


def numbers(rng, shape, element, low=-8, high=8):
    """Whole numbers, of which sums are exact."""
    if element == "i1":
        return rng.integers(0, 2, shape).astype(np.bool_)
    if element in FP8:
        return rng.integers(0, 256, shape).astype(np.uint8)
    return rng.integers(low, high, shape).astype(DTYPES[element])


def equal_bits(got, want):
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    unsigned = f"u{got.dtype.itemsize}"
    np.testing.assert_array_equal(
        np.ascontiguousarray(got).view(unsigned), np.ascontiguousarray(want).view(unsigned)
    )


def kernel_of(isa, name):
    """The instructions of one kernel."""
    lines = isa.split(f"\n{name}:", 1)[1].split("s_endpgm")[0].splitlines()
    return [line.strip().split(";")[0] for line in lines if line.startswith("\t")]


MOVED = ("f32", "f16", "bf16", "f64", "i1", "i8", "i16", "i32", "i64", "index", *FP8)
SIZES = (4096, 1, 3, 63, 4099)


def test_every_type_and_size_16_bytes_a_lane():
    def body(element):
        if element == "i1":
            return f"%r = arith.xori %x0, %x1 : {element}"
        if element in FP8:
            return f"""
            %c = arith.constant true
            %r = arith.select %c, %x0, %x1 : {element}"""
        kind = "i" if element[0] == "i" else "f"
        return f"%r = arith.add{kind} %x0, %x1 : {element}"

    cases = list(itertools.product(MOVED, SIZES))
    functions = [
        generic(
            f"{element}_{size}",
            [size],
            [("a", element), ("a", element)],
            [("a", element)],
            f"{body(element)}\nlinalg.yield %r : {element}",
        )
        for element, size in cases
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(0)
    for number, (element, size) in enumerate(cases):
        x, y = (numbers(rng, (size,), element) for _ in range(2))
        got, _ = mapped(x, y, function=f"{element}_{size}")
        want = x if element in FP8 else x ^ y if element == "i1" else x + y
        equal_bits(got, want)
        if size == 1:
            continue  # It has no neighbours.
        kernel = kernel_of(mapped.isa, f"generic_{number}")
        loads = [i for i in kernel if i.startswith("buffer_load_dwordx4")]
        stores = [i for i in kernel if i.startswith("buffer_store_dwordx4")]
        assert len(loads) == (1 if element in FP8 else 2)
        assert len(stores) == 1
        if size == 4096:
            assert sum(i.startswith(("buffer_", "global_", "flat_")) for i in kernel) <= 3
        assert not any("branch" in i for i in kernel)


def test_broadcasts_permutations_captured_scalars_and_indices():
    functions = [
        generic(
            "bias",
            [5, 8, 12],
            [("abc", "f32"), ("c", "f32"), ("a", "f32"), (None, "f32"), ("ac", "f32")],
            [("abc", "f32")],
            """
            %p = arith.addf %x0, %x1 : f32
            %q = arith.mulf %p, %x2 : f32
            %r = arith.subf %q, %x3 : f32
            %s = arith.addf %r, %x4 : f32
            %t = arith.mulf %s, %k : f32
            linalg.yield %t : f32""",
            captured=[("k", "f32")],
        ),
        generic(
            "permuted",
            [5, 6, 7],
            [("cab", "f16"), ("bca", "f16")],
            [("abc", "f16")],
            "%r = arith.addf %x0, %x1 : f16\nlinalg.yield %r : f16",
        ),
        generic(
            "two",
            [6, 10],
            [("ab", "i32"), ("ba", "i32")],
            [("ab", "i32"), ("ba", "i64")],
            """
            %p = arith.addi %x0, %x1 : i32
            %q = arith.extsi %p : i32 to i64
            linalg.yield %p, %q : i32, i64""",
        ),
        generic(
            "indices",
            [3, 1, 20],
            [],
            [("abc", "i32")],
            """
            %i = linalg.index 0 : index
            %j = linalg.index 1 : index
            %k = linalg.index 2 : index
            %c = arith.constant 100 : index
            %p = arith.muli %i, %c : index
            %q = arith.addi %p, %k : index
            %r = arith.addi %q, %j : index
            %s = arith.index_cast %r : index to i32
            linalg.yield %s : i32""",
        ),
        generic(
            "mixed",
            [9, 16],
            [("ab", "i8"), ("ab", "f16"), ("ab", "i1"), ("b", "f64")],
            [("ab", "f32"), ("ab", "i1")],
            """
            %p = arith.sitofp %x0 : i8 to f32
            %q = arith.extf %x1 : f16 to f32
            %r = arith.truncf %x3 : f64 to f32
            %s = arith.select %x2, %p, %q : f32
            %t = arith.addf %s, %r : f32
            %u = arith.cmpf olt, %t, %p : f32
            linalg.yield %t, %u : f32, i1""",
        ),
        generic(
            "in_place",
            [7, 9],
            [("b", "f32")],
            [("ab", "f32")],
            "%r = arith.subf %y0, %x0 : f32\nlinalg.yield %r : f32",
            inits=True,
        ),
        generic(
            "scalar",
            [],
            [("", "f32")],
            [("", "f32")],
            "%r = arith.addf %x0, %x0 : f32\nlinalg.yield %r : f32",
        ),
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 8, 12)).astype(np.float32)
    c, a = (rng.standard_normal(n).astype(np.float32) for n in (12, 5))
    ac = rng.standard_normal((5, 12)).astype(np.float32)
    s, k = np.float32(0.3), np.float32(-1.7)
    got, _ = mapped(x, c, a, s, ac, k, function="bias")
    equal_bits(got, (((x + c) * a[:, None, None] - s) + ac[:, None]) * k)
    y, z = numbers(rng, (7, 5, 6), "f16"), numbers(rng, (6, 7, 5), "f16")
    got, _ = mapped(y, z, function="permuted")
    equal_bits(got, y.transpose(1, 2, 0) + z.transpose(2, 0, 1))
    p, q = numbers(rng, (6, 10), "i32"), numbers(rng, (10, 6), "i32")
    got, _ = mapped(p, q, function="two")
    equal_bits(got[0], p + q.T)
    equal_bits(got[1], (p + q.T).T.astype(np.int64))
    got, _ = mapped(function="indices")
    equal_bits(got, (100 * np.arange(3)[:, None, None] + np.arange(20)).astype(np.int32))
    u, v, w = (numbers(rng, (9, 16), t) for t in ("i8", "f16", "i1"))
    t = rng.standard_normal(16)
    got, _ = mapped(u, v, w, t, function="mixed")
    want = np.where(w, u.astype(np.float32), v.astype(np.float32)) + t.astype(np.float32)
    equal_bits(got[0], want)
    equal_bits(got[1], want < u.astype(np.float32))
    m, n = (rng.standard_normal(shape).astype(np.float32) for shape in ((9,), (7, 9)))
    got, _ = mapped(m, n, function="in_place")
    equal_bits(got, n - m)
    got, _ = mapped(np.array(1.5, np.float32), function="scalar")
    equal_bits(got, np.array(3, np.float32))


CASTS = [
    *itertools.product(("f8E4M3FNUZ", "f8E5M2FNUZ"), ("f32", "f16", "bf16")),
    ("f16", "f32"),
    ("bf16", "f32"),
    ("f32", "f64"),
]


def test_casts_of_every_code_and_back():
    functions = []
    for narrow, wide in CASTS:
        for source, target, op in ((narrow, wide, "extf"), (wide, narrow, "truncf")):
            functions.append(
                generic(
                    f"{source}_{target}",
                    [256 if narrow in FP8 else 4096],
                    [("a", source)],
                    [("a", target)],
                    f"%r = arith.{op} %x0 : {source} to {target}\nlinalg.yield %r : {target}",
                )
            )
    mapped = compiled(*functions)
    rng = np.random.default_rng(2)
    for narrow, wide in CASTS:
        if narrow in FP8:
            codes = np.arange(256, dtype=np.uint8)
            values = FORMATS[narrow].decode(codes)
        else:
            count = {"f16": 1 << 16, "bf16": 1 << 16, "f32": 1 << 32}[narrow]
            codes = rng.integers(0, count, 4096).astype(f"u{np.dtype(DTYPES[narrow]).itemsize}")
            codes = codes.view(DTYPES[narrow])
            codes = np.where(np.isnan(codes.astype(np.float32)), codes.dtype.type(1), codes)
            values = codes
        got, _ = mapped(codes, function=f"{narrow}_{wide}")
        with np.errstate(over="ignore"):
            want = values.astype(DTYPES[wide])
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got.astype(np.float64), want.astype(np.float64))
        back, _ = mapped(got, function=f"{wide}_{narrow}")
        kept = ~np.isnan(got.astype(np.float64))
        np.testing.assert_array_equal(back[kept], codes[kept])


@pytest.mark.parametrize("ocp", ["f8E4M3FN", "f8E5M2"])
def test_the_fnuz_casts_of_all_codes(ocp):
    fnuz = ocp.replace("FN", "") + "FNUZ"
    sizes = [256, 255]
    text = "".join(
        f"""
        func.func @{op}_{n}(%x: tensor<{n}x{a}>) -> tensor<{n}x{b}> {{
          %0 = "fnuz.{op}"(%x) : (tensor<{n}x{a}>) -> tensor<{n}x{b}>
          return %0 : tensor<{n}x{b}>
        }}"""
        for op, a, b in (("from_ocp", ocp, fnuz), ("to_ocp", fnuz, ocp))
        for n in sizes
    )
    mapped = map_and_compile(text, "lower-fnuz-casts", by="map-to-lanes")
    assert "linalg" not in str(mapped.module)
    tables = {
        "from_ocp": ocp_to_fnuz_codes(FORMATS[ocp], "nan"),
        "to_ocp": fnuz_to_ocp_codes(FORMATS[ocp], "nan"),
    }
    for name, table in tables.items():
        for n in sizes:
            codes = np.arange(n, dtype=np.uint8)[::-1].copy()
            got, _ = mapped(codes, function=f"{name}_{n}")
            equal_bits(got, table[codes])
    for number in range(4):
        kernel = kernel_of(mapped.isa, f"generic_{number}")
        assert sum("dwordx4" in i for i in kernel if i.startswith("buffer_load")) == 1
        assert sum("dwordx4" in i for i in kernel if i.startswith("buffer_store")) == 1


NAMED = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
}


def test_named_ops():
    t = "tensor<6x20xf32>"
    text = "".join(
        f"""
        func.func @{name}(%x: {t}, %y: {t}) -> {t} {{
          %e = tensor.empty() : {t}
          %0 = linalg.{name} ins(%x, %y : {t}, {t}) outs(%e : {t}) -> {t}
          return %0 : {t}
        }}"""
        for name in NAMED
    )
    text += f"""
    func.func @abs(%x: {t}) -> {t} {{
      %e = tensor.empty() : {t}
      %0 = linalg.elementwise kind=#linalg.elementwise_kind<abs>
          ins(%x : {t}) outs(%e : {t}) -> {t}
      %1 = linalg.map {{ arith.negf }} ins(%0 : {t}) outs(%e : {t})
      return %1 : {t}
    }}
    func.func @broadcast(%x: tensor<20xf32>) -> {t} {{
      %e = tensor.empty() : {t}
      %0 = linalg.broadcast ins(%x : tensor<20xf32>) outs(%e : {t}) dimensions = [0]
      return %0 : {t}
    }}
    func.func @copy(%x: {t}) -> {t} {{
      %e = tensor.empty() : {t}
      %0 = linalg.copy ins(%x : {t}) outs(%e : {t}) -> {t}
      return %0 : {t}
    }}
    func.func @fill(%s: f32) -> (tensor<70xf16>, {t}, tensor<5x5xi8>) {{
      %e = tensor.empty() : tensor<70xf16>
      %c = arith.constant 1.5 : f16
      %0 = linalg.fill ins(%c : f16) outs(%e : tensor<70xf16>) -> tensor<70xf16>
      %f = tensor.empty() : {t}
      %1 = linalg.fill ins(%s : f32) outs(%f : {t}) -> {t}
      %d = arith.constant -3 : i8
      %2 = tensor.splat %d : tensor<5x5xi8>
      return %0, %1, %2 : tensor<70xf16>, {t}, tensor<5x5xi8>
    }}"""
    mapped = compiled(text)
    assert "linalg." not in str(mapped.module)
    rng = np.random.default_rng(3)
    x, y = (rng.standard_normal((6, 20)).astype(np.float32) for _ in range(2))
    for name, function in NAMED.items():
        got, _ = mapped(x, y, function=name)
        equal_bits(got, function(x, y))
    equal_bits(mapped(x, function="abs")[0], -np.abs(x))
    equal_bits(mapped(x[0].copy(), function="broadcast")[0], np.broadcast_to(x[0], x.shape))
    equal_bits(mapped(x, function="copy")[0], x)
    (half, scalar, bytes_), _ = mapped(np.float32(0.7), function="fill")
    equal_bits(half, np.full(70, 1.5, np.float16))
    equal_bits(scalar, np.full((6, 20), 0.7, np.float32))
    equal_bits(bytes_, np.full((5, 5), -3, np.int8))


REDUCED = [
    # Sizes, dims of the input and of the result.
    ([5, 64], "ab", "a"),
    ([5, 70], "ab", "a"),
    ([3, 7], "ab", "a"),
    ([300, 4], "ab", "a"),
    ([2, 1030], "ab", "a"),
    ([3, 4096], "ab", "a"),
    ([9000], "a", ""),
    ([7], "a", ""),
    ([4, 6, 33], "abc", "b"),
    ([4, 6, 33], "abc", ""),
    ([40, 20], "ab", "b"),
    ([40, 3], "ab", "b"),
    ([6, 10, 12], "abc", "ac"),
    ([6, 10, 12], "abc", "ca"),
]


@pytest.mark.parametrize("element", ["f32", "i32", "f16"])
def test_sums_over_any_dims(element):
    add = f"arith.add{'i' if element == 'i32' else 'f'}"
    functions = [
        generic(
            f"s{n}",
            sizes,
            [(dims, element)],
            [(kept, element)],
            f"%r = {add} %y0, %x0 : {element}\nlinalg.yield %r : {element}",
            inits=True,
        )
        for n, (sizes, dims, kept) in enumerate(REDUCED)
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(4)
    for n, (sizes, dims, kept) in enumerate(REDUCED):
        # Zeros, ones and few others: no partial sum of f16 is rounded.
        x = (numbers(rng, sizes, element, -1, 2) * (rng.random(sizes) < 0.3)).astype(
            DTYPES[element]
        )
        init = numbers(rng, [sizes[ord(d) - 97] for d in kept], element)
        got, _ = mapped(x, init, function=f"s{n}")
        equal_bits(got, (np.einsum(f"{dims}->{kept}", x) + init).astype(init.dtype))


COMBINERS = {
    "maximumf": ("f32", np.maximum),
    "minimumf": ("bf16", np.minimum),
    "maxnumf": ("f64", np.fmax),
    "mulf": ("f64", np.multiply),
    "maxsi": ("i8", np.maximum),
    "minsi": ("i64", np.minimum),
    "maxui": ("i16", None),
    "muli": ("i32", np.multiply),
    "andi": ("i1", np.logical_and),
    "ori": ("i1", np.logical_or),
    "xori": ("i16", np.bitwise_xor),
    "minui": ("index", None),
}


@pytest.mark.parametrize("size", [3, 50, 1500])
def test_every_combiner(size):
    functions = [
        generic(
            name,
            [3, size],
            [("ab", element)],
            [("a", element)],
            f"%r = arith.{name} %x0, %y0 : {element}\nlinalg.yield %r : {element}",
            inits=True,
        )
        for name, (element, _) in COMBINERS.items()
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(5)
    for name, (element, function) in COMBINERS.items():
        if element in ("i8", "i16", "i64", "index"):
            info = np.iinfo(DTYPES[element])
            x = rng.integers(info.min, info.max, (3, size), DTYPES[element])
            init = rng.integers(info.min, info.max, 3, DTYPES[element])
        elif element == "i1":
            x, init = rng.random((3, size)) < 0.5 ** (1 / size), np.array([True, False, True])
        else:
            x, init = numbers(rng, (3, size), element), numbers(rng, 3, element)
        if name == "mulf":
            x, init = np.where(x < 0, 2.0, 0.5), np.array([1.0, -4.0, 0.25])
        if name == "maximumf":
            x[1, size // 2] = np.nan
        if name == "maxnumf":  # a NaN counts only where there is nothing else
            x[0, 0] = np.nan
            x[2], init[2] = np.nan, np.nan
        got, _ = mapped(x, init, function=name)
        if function is None:
            unsigned = f"u{x.dtype.itemsize}"
            function = np.maximum if name == "maxui" else np.minimum
            u, v = x.view(unsigned), init.view(unsigned)
            want = function(function.reduce(u, 1), v).view(x.dtype)
        else:
            want = function(function.reduce(x, 1), init).astype(x.dtype)
        if name in ("maximumf", "maxnumf"):  # which NaN it is, is left open
            nan = np.isnan(want)
            np.testing.assert_array_equal(np.isnan(got), nan)
            got, want = got[~nan], want[~nan]
        equal_bits(got, want)


def test_reductions_of_more_than_an_element():
    functions = [
        # A sum and a sum of squares at once.
        generic(
            "moments",
            [4, 200],
            [("ab", "f16")],
            [("a", "f32"), ("a", "f32")],
            """
            %v = arith.extf %x0 : f16 to f32
            %s = arith.mulf %v, %v : f32
            %p = arith.addf %v, %y0 : f32
            %q = arith.addf %s, %y1 : f32
            linalg.yield %p, %q : f32, f32""",
            inits=True,
        ),
        # The first index of the largest: no op(result, part), so each lane goes through its row.
        generic(
            "argmax",
            [9, 40],
            [("ab", "f32")],
            [("a", "f32"), ("a", "i64")],
            """
            %i = linalg.index 1 : index
            %j = arith.index_cast %i : index to i64
            %c = arith.cmpf ogt, %x0, %y0 : f32
            %p = arith.select %c, %x0, %y0 : f32
            %q = arith.select %c, %j, %y1 : i64
            linalg.yield %p, %q : f32, i64""",
            inits=True,
        ),
        # An f32 contraction, which no matrix unit of fp8 has.
        generic(
            "matmul",
            [5, 12, 9],
            [("ac", "f32"), ("cb", "f32")],
            [("ab", "f32")],
            """
            %p = arith.mulf %x0, %x1 : f32
            %q = arith.addf %y0, %p : f32
            linalg.yield %q : f32""",
            inits=True,
        ),
        # Rows of both along the sum.
        generic(
            "matmul_t",
            [5, 12, 90],
            [("ac", "f32"), ("bc", "f32")],
            [("ab", "f32")],
            """
            %p = arith.mulf %x0, %x1 : f32
            %q = arith.addf %y0, %p : f32
            linalg.yield %q : f32""",
            inits=True,
        ),
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(6)
    x = numbers(rng, (4, 200), "f16")
    zero, one = np.zeros(4, np.float32), np.ones(4, np.float32)
    got, _ = mapped(x, zero, one, function="moments")
    wide = x.astype(np.float32)
    equal_bits(got[0], wide.sum(1))
    equal_bits(got[1], (wide**2).sum(1) + 1)
    x = numbers(rng, (9, 40), "f32")
    got, _ = mapped(x, np.full(9, -np.inf, np.float32), np.full(9, -1, np.int64), function="argmax")
    equal_bits(got[0], x.max(1))
    equal_bits(got[1], x.argmax(1))
    a, b, c = (numbers(rng, s, "f32") for s in ((5, 9), (9, 12), (5, 12)))
    equal_bits(mapped(a, b, c, function="matmul")[0], a @ b + c)
    a, b = (numbers(rng, s, "f32") for s in ((5, 90), (12, 90)))
    got, (stats,) = mapped(a, b, c, function="matmul_t")
    equal_bits(got, a @ b.T + c)
    assert "buffer_load_dwordx2" in stats.names


def test_the_order_of_a_sum_is_fixed_and_its_error_small():
    function = generic(
        "sum",
        [3, 5000],
        [("ab", "f32")],
        [("a", "f32")],
        "%r = arith.addf %y0, %x0 : f32\nlinalg.yield %r : f32",
        inits=True,
    )
    mapped = compiled(function)
    rng = np.random.default_rng(7)
    x = rng.standard_normal((3, 5000)).astype(np.float32)
    zero = np.zeros(3, np.float32)
    first, _ = mapped(x, zero, function="sum")
    again, _ = mapped(x, zero, function="sum")
    equal_bits(first, again)
    exact = x.astype(np.float64)
    # Each element goes through at most 5 + 2 + 6 + 4 + 1 additions.
    assert (np.abs(first - exact.sum(1)) <= 18 * 2.0**-24 * np.abs(exact).sum(1)).all()
    # All are -0.0, and so is their sum.
    minus = np.full((3, 5000), -0.0, np.float32)
    equal_bits(mapped(minus, -zero, function="sum")[0], -zero)
    equal_bits(mapped(minus, zero, function="sum")[0], zero)


def transposes():
    for element in ("i8", "f16", "f32", "f64", "i1", "f8E4M3FNUZ"):
        for shape in ((64, 64), (40, 130), (8, 9), (33, 70)):
            yield element, shape


def test_transposes_move_whole_lines():
    cases = list(transposes())
    functions = [
        generic(
            f"t{n}", shape, [("ba", element)], [("ab", element)], f"linalg.yield %x0 : {element}"
        )
        for n, (element, shape) in enumerate(cases)
    ]
    functions += [
        generic(
            "b",
            [3, 40, 24],
            [("acb", "f32"), ("c", "f32"), ("abc", "f32")],
            [("abc", "f32")],
            """
                %p = arith.addf %x0, %x1 : f32
                %q = arith.mulf %p, %x2 : f32
                linalg.yield %q : f32""",
        ),
        generic("outer", [20, 3, 24], [("cba", "f16")], [("abc", "f16")], "linalg.yield %x0 : f16"),
    ]
    mapped = compiled(*functions)
    rng = np.random.default_rng(8)
    for n, (element, (rows, columns)) in enumerate(cases):
        x = numbers(rng, (columns, rows), element)
        got, (stats,) = mapped(x, function=f"t{n}")
        equal_bits(got, x.T.copy())
        assert stats.bytes["lds_write"] > 0
        if rows == columns == 64:  # both sides in 16 bytes a lane, but for what 256 lanes cut up
            wide = 4096 * x.dtype.itemsize // (64 * 16)
            assert stats.names["buffer_store_dwordx4"] == wide
            assert stats.names["buffer_load_dwordx4"] == wide
    x, c, y = (rng.standard_normal(s).astype(np.float32) for s in ((3, 24, 40), (24,), (3, 40, 24)))
    equal_bits(mapped(x, c, y, function="b")[0], (x.transpose(0, 2, 1) + c) * y)
    z = numbers(rng, (24, 3, 20), "f16")
    equal_bits(mapped(z, function="outer")[0], z.transpose(2, 1, 0).copy())


def test_transposes_to_narrower_elements():
    # A tile has fewer of their vectors than a workgroup has threads.
    cases = [("f32", "i8", (40, 70)), ("f64", "i8", (64, 32)), ("f32", "f16", (48, 40))]
    casts = {"i8": "fptosi", "f16": "truncf"}
    mapped = compiled(
        *(
            generic(
                f"{source}_{target}",
                shape,
                [("ba", source)],
                [("ab", target)],
                f"%r = arith.{casts[target]} %x0 : {source} to {target}\n"
                f"linalg.yield %r : {target}",
            )
            for source, target, shape in cases
        )
    )
    rng = np.random.default_rng(10)
    for source, target, (rows, columns) in cases:
        x = numbers(rng, (columns, rows), source)
        got, (stats,) = mapped(x, function=f"{source}_{target}")
        equal_bits(got, x.T.astype(DTYPES[target]))
        assert stats.bytes["lds_write"] > 0


def test_single_elements_of_64_bits_from_fewer():
    # LLVM does not end on <1 x i32> that is extended to <1 x i64>, where it knows of 16 bits.
    body = """
        %i = linalg.index 1 : index
        %j = arith.extui %x0 : i16 to i32
        %k = arith.extui %j : i32 to i64
        %l = arith.index_cast %i : index to i64
        %r = arith.addi %k, %l : i64
        linalg.yield %i, %r : index, i64"""
    inputs, results = [("cab", "i16")], [("abc", "index"), ("abc", "i64")]
    mapped = compiled(generic("f", [7, 128, 3], inputs, results, body))
    x = numbers(np.random.default_rng(11), (3, 7, 128), "i16", 0, 2**15)
    index = np.broadcast_to(np.arange(128)[:, None], (7, 128, 3))
    got, _ = mapped(x, function="f")
    equal_bits(got[0], index)
    equal_bits(got[1], x.transpose(1, 2, 0) + index)


def test_indices_that_fall():
    # The least place is 0, and the rest of the sum is below 0 where LLVM takes the constant out.
    gather = """
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %c = arith.constant 31 : index
        %k = arith.subi %c, %j : index
        %r = tensor.extract %table[%i, %k] : tensor<65x32xi8>
        linalg.yield %r : i8"""
    copy = "linalg.yield %x0 : i8"
    mapped = compiled(
        generic("flat", [32], [("a", "i8")], [("a", "i8")], copy).replace(
            "affine_map<(d0) -> (d0)>", "affine_map<(d0) -> (31 - d0)>", 1
        ),
        generic("rows", [65, 32], [("ab", "i8")], [("ab", "i8")], copy).replace(
            "-> (d0, d1)>", "-> (d0, 31 - d1)>", 1
        ),
        generic("quotients", [65, 32], [("ab", "i8")], [("ab", "i8")], copy).replace(
            "-> (d0, d1)>", "-> (d0, 31 - (d1 floordiv 2) * 2)>", 1
        ),
        generic(
            "gather", [65, 32], [], [("ab", "i8")], gather, captured=[("table", "tensor<65x32xi8>")]
        ),
    )
    x = numbers(np.random.default_rng(12), (65, 32), "i8")
    equal_bits(mapped(x[0], function="flat")[0], x[0, ::-1])
    equal_bits(mapped(x, function="rows")[0], x[:, ::-1])
    equal_bits(mapped(x, function="quotients")[0], x[:, 31 - np.arange(32) // 2 * 2])
    equal_bits(mapped(x, function="gather")[0], x[:, ::-1])


def test_slices_pads_and_concatenations():
    mapped = compiled("""
    func.func @slice(%x: tensor<9x40xf32>) -> tensor<4x8xf32> {
      %0 = tensor.extract_slice %x[2, 4] [4, 8] [1, 1] : tensor<9x40xf32> to tensor<4x8xf32>
      return %0 : tensor<4x8xf32>
    }
    func.func @strided(%x: tensor<9x40xi8>) -> tensor<13xi8> {
      %0 = tensor.extract_slice %x[3, 1] [1, 13] [1, 3] : tensor<9x40xi8> to tensor<13xi8>
      return %0 : tensor<13xi8>
    }
    func.func @at(%x: tensor<9x40xf16>, %i: index, %j: index) -> tensor<3x1x7xf16> {
      %0 = tensor.extract_slice %x[%i, %j] [3, 7] [1, 1] : tensor<9x40xf16> to tensor<3x7xf16>
      %1 = tensor.expand_shape %0 [[0], [1, 2]] output_shape [3, 1, 7]
          : tensor<3x7xf16> into tensor<3x1x7xf16>
      return %1 : tensor<3x1x7xf16>
    }
    func.func @insert(%s: tensor<4x8xf32>, %x: tensor<9x40xf32>) -> tensor<9x40xf32> {
      %0 = tensor.insert_slice %s into %x[2, 4] [4, 8] [1, 1]
          : tensor<4x8xf32> into tensor<9x40xf32>
      return %0 : tensor<9x40xf32>
    }
    func.func @append(%s: tensor<2x16xf8E4M3FNUZ>, %x: tensor<2x5x16xf8E4M3FNUZ>, %i: index)
        -> tensor<2x5x16xf8E4M3FNUZ> {
      %0 = tensor.insert_slice %s into %x[0, %i, 0] [2, 1, 16] [1, 1, 1]
          : tensor<2x16xf8E4M3FNUZ> into tensor<2x5x16xf8E4M3FNUZ>
      return %0 : tensor<2x5x16xf8E4M3FNUZ>
    }
    func.func @pad(%x: tensor<2x5x6xf32>) -> tensor<2x8x9xf32> {
      %0 = tensor.pad %x low[0, 1, 1] high[0, 2, 2] {
      ^bb0(%i: index, %j: index, %k: index):
        %c = arith.constant 7.0 : f32
        tensor.yield %c : f32
      } : tensor<2x5x6xf32> to tensor<2x8x9xf32>
      return %0 : tensor<2x8x9xf32>
    }
    func.func @crop(%x: tensor<5x16xi16>, %c: i16) -> tensor<4x24xi16> {
      %0 = tensor.pad %x low[-2, 8] high[1, 0] {
      ^bb0(%i: index, %j: index):
        tensor.yield %c : i16
      } : tensor<5x16xi16> to tensor<4x24xi16>
      return %0 : tensor<4x24xi16>
    }
    func.func @concat(%x: tensor<3x4xf32>, %y: tensor<3x8xf32>, %z: tensor<3x1xf32>)
        -> tensor<3x17xf32> {
      %0 = tensor.concat dim(1) %x, %y, %x, %z
          : (tensor<3x4xf32>, tensor<3x8xf32>, tensor<3x4xf32>, tensor<3x1xf32>) -> tensor<3x17xf32>
      return %0 : tensor<3x17xf32>
    }
    func.func @rows(%x: tensor<3x16xi8>, %y: tensor<2x16xi8>) -> tensor<5x16xi8> {
      %0 = tensor.concat dim(0) %x, %y : (tensor<3x16xi8>, tensor<2x16xi8>) -> tensor<5x16xi8>
      return %0 : tensor<5x16xi8>
    }""")
    rng = np.random.default_rng(9)
    x = numbers(rng, (9, 40), "f32")
    got, (stats,) = mapped(x, function="slice")
    equal_bits(got, x[2:6, 4:12])
    assert "buffer_load_dwordx4" in stats.names
    b, h = numbers(rng, (9, 40), "i8"), numbers(rng, (9, 40), "f16")
    equal_bits(mapped(b, function="strided")[0], b[3, 1:40:3])
    for i, j in ((0, 0), (6, 33), (2, 5)):
        equal_bits(mapped(h, i, j, function="at")[0], h[i : i + 3, None, j : j + 7])
    s, want = numbers(rng, (4, 8), "f32"), x.copy()
    want[2:6, 4:12] = s
    got, (stats,) = mapped(s, x, function="insert")
    equal_bits(got, want)
    assert "buffer_load_dwordx4" in stats.names
    cache, new = (numbers(rng, s, "f8E4M3FNUZ") for s in ((2, 5, 16), (2, 16)))
    for i in range(5):
        want = cache.copy()
        want[:, i] = new
        got, (stats,) = mapped(new, cache, i, function="append")
        equal_bits(got, want)
        assert "buffer_store_dwordx4" in stats.names
    p = numbers(rng, (2, 5, 6), "f32")
    want = np.pad(p, ((0, 0), (1, 2), (1, 2)), constant_values=7)
    equal_bits(mapped(p, function="pad")[0], want)
    q = numbers(rng, (5, 16), "i16")
    want = np.pad(q[2:], ((0, 1), (8, 0)), constant_values=-9)
    got, (stats,) = mapped(q, np.int16(-9), function="crop")
    equal_bits(got, want)
    assert "buffer_load_dwordx4" in stats.names
    u, v, w = (numbers(rng, (3, n), "f32") for n in (4, 8, 1))
    equal_bits(mapped(u, v, w, function="concat")[0], np.concatenate([u, v, u, w], 1))
    y, z = numbers(rng, (3, 16), "i8"), numbers(rng, (2, 16), "i8")
    got, (stats,) = mapped(y, z, function="rows")
    equal_bits(got, np.concatenate([y, z]))
    assert "buffer_store_dwordx4" in stats.names


def test_gathers_windows_and_quotients():
    mapped = compiled(
        generic(
            "embedding",
            [7, 12],
            [("a", "i64")],
            [("ab", "f16")],
            """
            %i = arith.index_cast %x0 : i64 to index
            %j = linalg.index 1 : index
            %r = tensor.extract %table[%i, %j] : tensor<30x12xf16>
            linalg.yield %r : f16""",
            captured=[("table", "tensor<30x12xf16>")],
        ),
        """
        func.func @max_pool(%x: tensor<1x3x9x9xf32>) -> tensor<1x3x4x4xf32> {
          %c = arith.constant 0xFF800000 : f32
          %e = tensor.empty() : tensor<1x3x4x4xf32>
          %f = linalg.fill ins(%c : f32) outs(%e : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
          %w = tensor.empty() : tensor<3x3xf32>
          %0 = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>,
                                        dilations = dense<1> : vector<2xi64>}
              ins(%x, %w : tensor<1x3x9x9xf32>, tensor<3x3xf32>)
              outs(%f : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
          return %0 : tensor<1x3x4x4xf32>
        }
        func.func @conv(%x: tensor<1x6x6x4xf32>, %k: tensor<3x3x4x8xf32>, %c: tensor<1x4x4x8xf32>)
            -> tensor<1x4x4x8xf32> {
          %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %k : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
              outs(%c : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
          return %0 : tensor<1x4x4x8xf32>
        }
        func.func @nearest(%x: tensor<5x3xi32>) -> tensor<10x6xi32> {
          %e = tensor.empty() : tensor<10x6xi32>
          %0 = linalg.generic
              {indexing_maps = [affine_map<(i, j) -> (i floordiv 2, (j + 5) mod 3)>,
                                affine_map<(i, j) -> (i, j)>],
               iterator_types = ["parallel", "parallel"]}
              ins(%x : tensor<5x3xi32>) outs(%e : tensor<10x6xi32>) {
          ^bb0(%a: i32, %o: i32):
            linalg.yield %a : i32
          } -> tensor<10x6xi32>
          return %0 : tensor<10x6xi32>
        }""",
    )
    rng = np.random.default_rng(10)
    table, which = numbers(rng, (30, 12), "f16"), rng.integers(0, 30, 7)
    equal_bits(mapped(which, table, function="embedding")[0], table[which])
    x = rng.standard_normal((1, 3, 9, 9)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))[:, :, ::2, ::2]
    equal_bits(mapped(x, function="max_pool")[0], windows.max((4, 5)))
    x, k, c = (numbers(rng, s, "f32") for s in ((1, 6, 6, 4), (3, 3, 4, 8), (1, 4, 4, 8)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    want = np.einsum("nijcyx,yxcf->nijf", windows, k) + c
    equal_bits(mapped(x, k, c, function="conv")[0], want.astype(np.float32))
    x = numbers(rng, (5, 3), "i32")
    want = x[np.arange(10)[:, None] // 2, (np.arange(6) + 5) % 3]
    equal_bits(mapped(x, function="nearest")[0], want)


SOFTMAX = [((5, 64), 1), ((3, 2, 70), 2), ((2, 7), 1), ((2, 1500), 1), ((1, 5000), 1), ((4, 33), 0)]
SOFTMAX += [((4, 6, 8), 1), ((7, 1), 1)]


@pytest.mark.parametrize("element", ["f32", "f16", "bf16"])
def test_softmax(element):
    text = ""
    for n, (shape, dim) in enumerate(SOFTMAX):
        t = tensor(shape, element)
        text += f"""
        func.func @s{n}(%x: {t}) -> {t} {{
          %e = tensor.empty() : {t}
          %0 = linalg.softmax dimension({dim}) ins(%x : {t}) outs(%e : {t}) -> {t}
          return %0 : {t}
        }}"""
    mapped = compiled(text)
    assert "linalg." not in str(mapped.module)
    rng = np.random.default_rng(11)
    for n, (shape, dim) in enumerate(SOFTMAX):
        x = (4 * rng.standard_normal(shape)).astype(DTYPES[element])
        x.reshape(-1)[: x.size // 7] = -np.inf if shape[dim] > 7 else 0
        got, launches = mapped(x, function=f"s{n}")
        assert len(launches) == (1 if dim == len(shape) - 1 else 4)
        wide = x.astype(np.float64)
        powers = np.exp(wide - wide.max(dim, keepdims=True))
        want = powers / powers.sum(dim, keepdims=True)
        # exp within 1 ulp, a sum of at most 14 steps on a lane and 10 across, one division.
        error = {"f32": 30 * 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}[element]
        smallest = {"f32": 0, "f16": 2.0**-25, "bf16": 0}[element]
        assert np.isfinite(want).all()
        bound = (error + 30 * 2.0**-24) * want + smallest + 2.0**-126
        assert (np.abs(got.astype(np.float64) - want) <= bound).all()


def test_the_rows_of_attention_are_read_once():
    t = "tensor<64x1024xf16>"
    mapped = compiled(f"""
    func.func @main(%x: {t}) -> {t} {{
      %e = tensor.empty() : {t}
      %0 = linalg.softmax dimension(1) ins(%x : {t}) outs(%e : {t}) -> {t}
      return %0 : {t}
    }}""")
    kernel = kernel_of(mapped.isa, "softmax_0")
    assert sum(i.startswith("buffer_load_dwordx4") for i in kernel) == 2
    assert sum(i.startswith("buffer_load") for i in kernel) == 2
    assert sum(i.startswith("buffer_store_dwordx4") for i in kernel) == 2


def test_elementwise_producers_are_fused():
    t = "tensor<6x40xf32>"
    text = f"""
    func.func @main(%x: {t}, %b: tensor<40xf32>) -> tensor<6xf32> {{
      %e = tensor.empty() : {t}
      %0 = linalg.broadcast ins(%b : tensor<40xf32>) outs(%e : {t}) dimensions = [0]
      %1 = linalg.add ins(%x, %0 : {t}, {t}) outs(%e : {t}) -> {t}
      %2 = linalg.square ins(%1 : {t}) outs(%e : {t}) -> {t}
      %z = arith.constant 0.0 : f32
      %f = tensor.empty() : tensor<6xf32>
      %i = linalg.fill ins(%z : f32) outs(%f : tensor<6xf32>) -> tensor<6xf32>
      %3 = linalg.reduce {{ arith.addf }} ins(%2 : {t}) outs(%i : tensor<6xf32>) dimensions = [1]
      return %3 : tensor<6xf32>
    }}"""
    mapped = map_and_compile(text, by="map-to-lanes")
    rng = np.random.default_rng(12)
    x, b = numbers(rng, (6, 40), "f32"), numbers(rng, 40, "f32")
    got, launches = mapped(x, b)
    equal_bits(got, ((x + b) ** 2).sum(1))
    assert len(launches) == 1


def test_what_is_fused_and_what_is_not():
    t, s = "tensor<12x40xf16>", "tensor<40x12xf16>"
    index = """
        %i = linalg.index 1 : index
        %j = arith.index_cast %i : index to i16
        %k = arith.sitofp %j : i16 to f16
        %r = arith.addf %a, %k : f16
        linalg.yield %r : f16"""
    generic_ = f"""linalg.generic {{
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}} ins(%x : {t}) outs(%e : {t}) {{
        ^bb0(%a: f16, %o: f16): {index} }} -> {t}"""
    mapped = compiled(f"""
    // The index is that of the producer's loop, which is the other one of the transpose.
    func.func @transposed(%x: {t}) -> {s} {{
      %e = tensor.empty() : {t}
      %f = tensor.empty() : {s}
      %0 = {generic_}
      %1 = linalg.transpose ins(%0 : {t}) outs(%f : {s}) permutation = [1, 0]
      return %1 : {s}
    }}
    // A window would compute elements twice, and a pad is no op with a body.
    func.func @apart(%x: {t}) -> (tensor<12x41xf16>, tensor<12xf16>) {{
      %e = tensor.empty() : {t}
      %0 = {generic_}
      %c = arith.constant 3.0 : f16
      %1 = tensor.pad %0 low[0, 1] high[0, 0] {{
      ^bb0(%i: index, %j: index):
        tensor.yield %c : f16
      }} : {t} to tensor<12x41xf16>
      %2 = {generic_}
      %3 = linalg.abs ins(%2 : {t}) outs(%e : {t}) -> {t}
      %f = tensor.empty() : tensor<12xf16>
      %g = linalg.fill ins(%c : f16) outs(%f : tensor<12xf16>) -> tensor<12xf16>
      %4 = linalg.reduce {{ arith.maximumf }} ins(%3 : {t}) outs(%g : tensor<12xf16>)
          dimensions = [1]
      return %1, %4 : tensor<12x41xf16>, tensor<12xf16>
    }}""")
    x = numbers(np.random.default_rng(13), (12, 40), "f16", -50, 50)
    moved = x + np.arange(40, dtype=np.float16)
    got, launches = mapped(x, function="transposed")
    equal_bits(got, moved.T.copy())
    assert len(launches) == 1
    (padded, most), launches = mapped(x, function="apart")
    equal_bits(padded, np.pad(moved, ((0, 0), (1, 0)), constant_values=3))
    equal_bits(most, np.maximum(np.abs(moved).max(1), np.float16(3)))
    assert len(launches) == 3


def test_what_no_kernel_has_is_no_argument():
    # Neither the init that is not read, nor the shape of a window.
    isa = compiled(
        generic(
            "f",
            [8],
            [("a", "f32"), ("a", "f32")],
            [("a", "f32")],
            "%r = arith.addf %x0, %x0 : f32\nlinalg.yield %r : f32",
        )
    ).isa
    assert len(re.findall(r"value_kind: +global_buffer", isa)) == 2


def test_dtypes_have_the_sizes_of_kernels():
    assert {np.dtype(DTYPES[e]).itemsize for e in FP8} == {1}
    assert np.dtype(ml_dtypes.bfloat16).itemsize == 2
