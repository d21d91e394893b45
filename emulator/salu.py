"""Scalar arithmetic: SOP1, SOP2, SOPC, SOPK.

A row is the signature and a function. The signature names the types of the result and the
sources; `=` is the old value of the destination and `scc` the scalar condition code as a source or
as a further result.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.emulator.access import DTYPES, bits_of, scalar_reader, scalar_writer
from fnuz.emulator.errors import ParseError
from fnuz.emulator.operands import EXEC, Constant, Operand, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves

Row = tuple[str, Callable[..., Any]]
Runner = Callable[[Waves], None]


def _wide(x: Array) -> Array:
    return x.astype(np.int64)


def _add_carry(a: Array, b: Array, carry: Any = 0) -> tuple[Array, Array]:
    total = _wide(a) + _wide(b) + _wide(np.asarray(carry))
    return total.astype(np.uint32), total >> 32 != 0


def _sub_borrow(a: Array, b: Array, borrow: Any = 0) -> tuple[Array, Array]:
    total = _wide(a) - _wide(b) - _wide(np.asarray(borrow))
    return total.astype(np.uint32), total < 0


def _overflowing(operation: Callable[[Array, Array], Array]) -> Callable[..., tuple[Array, Array]]:
    def run(a: Array, b: Array) -> tuple[Array, Array]:
        exact = operation(_wide(a), _wide(b))
        out = exact.astype(np.int32)
        return out, exact != out

    return run


def _shift(amount: Array, width: int) -> Array:
    return amount & amount.dtype.type(width - 1)


def _logic(operation: Callable[[Array, Array], Array]) -> Callable[..., tuple[Array, Array]]:
    def run(a: Array, b: Array) -> tuple[Array, Array]:
        out = operation(a, b)
        return out, out != 0

    return run


def _shifted(operation: Any, width: int, signed: bool = False) -> Callable[..., Any]:
    def run(a: Array, amount: Array) -> tuple[Array, Array]:
        out = operation(a, _shift(amount, width).astype(a.dtype))
        return out, out != 0

    return run


def _field(a: Array, where: Array) -> tuple[Array, Array]:
    """Bits `where[5:0]` on, `where[22:16]` of them; the sign is extended for signed types."""
    width = a.dtype.itemsize * 8
    offset = (where & np.uint32(width - 1)).astype(np.int64)
    size = np.minimum((where >> np.uint32(16)) & np.uint32(0x7F), width).astype(np.int64)
    size = np.minimum(size, width - offset)
    left = (width - offset - size).astype(a.dtype)
    right = (width - size).astype(a.dtype)
    out = np.where(
        size == 0, a.dtype.type(0), (a << left) >> np.minimum(right, width - 1).astype(a.dtype)
    )
    return out, out != 0


def popcount(a: Array) -> Array:
    """Number of 1 bits, as int32."""
    octets = np.ascontiguousarray(a).view(np.uint8).reshape(*a.shape, a.dtype.itemsize)
    return np.unpackbits(octets, axis=-1).sum(axis=-1, dtype=np.int32)


def _count(a: Array) -> tuple[Array, Array]:
    out = popcount(a).astype(np.uint32)
    return out, out != 0


def first_one(a: Array) -> Array:
    """Number of the lowest 1, or -1."""
    low = (a & (~a + a.dtype.type(1))) - a.dtype.type(1)
    return np.where(a == 0, -1, popcount(low)).astype(np.int32)


def leading_zeros(a: Array) -> Array:
    """Zeros above the highest 1, or -1."""
    width = a.dtype.itemsize * 8
    for step in (1, 2, 4, 8, 16, 32)[: width.bit_length() - 1]:
        a = a | (a >> a.dtype.type(step))
    return np.where(a == 0, -1, width - popcount(a)).astype(np.int32)


def leading_signs(a: Array) -> Array:
    """Place of the first bit from the top that differs from the sign, or -1."""
    unsigned = a.view(np.dtype(f"u{a.dtype.itemsize}"))
    return leading_zeros(np.where(a < 0, ~unsigned, unsigned))


def reverse_bits(a: Array) -> Array:
    """The bits in reverse order."""
    size = a.dtype.itemsize
    octets = np.ascontiguousarray(a).view(np.uint8).reshape(*a.shape, size)
    bits = np.unpackbits(octets, axis=-1, bitorder="little")[..., ::-1]
    return np.packbits(bits, axis=-1, bitorder="little").view(a.dtype)[..., 0]


def _mask(size: Array, offset: Array, width: int) -> Array:
    uint = np.uint32 if width == 32 else np.uint64
    size, offset = _shift(size, width).astype(uint), _shift(offset, width).astype(uint)
    return ((uint(1) << size) - uint(1)) << offset


def _set_bit(place: Array, old: Array, value: int) -> Array:
    bit = old.dtype.type(1) << _shift(place, old.dtype.itemsize * 8).astype(old.dtype)
    return old | bit if value else old & ~bit


def _has_bit(a: Array, place: Array) -> Array:
    return (a >> _shift(place, a.dtype.itemsize * 8).astype(a.dtype)) & a.dtype.type(1) == 1


def _shift_add(amount: int) -> Callable[..., tuple[Array, Array]]:
    def run(a: Array, b: Array) -> tuple[Array, Array]:
        total = (a.astype(np.uint64) << np.uint64(amount)) + b
        return total.astype(np.uint32), total >> np.uint64(32) != 0

    return run


def _pack(a: Array, b: Array) -> Array:
    return (a & np.uint32(0xFFFF)) | (b << np.uint32(16))


def _chosen(better: Any) -> Callable[..., tuple[Array, Array]]:
    def run(a: Array, b: Array) -> tuple[Array, Array]:
        first = better(a, b)
        return np.where(first, a, b), first

    return run


ROWS: dict[str, Row] = {
    "s_add_u32": ("u32 scc: u32 u32", _add_carry),
    "s_sub_u32": ("u32 scc: u32 u32", _sub_borrow),
    "s_addc_u32": ("u32 scc: u32 u32 scc", _add_carry),
    "s_subb_u32": ("u32 scc: u32 u32 scc", _sub_borrow),
    "s_add_i32": ("i32 scc: i32 i32", _overflowing(np.add)),
    "s_sub_i32": ("i32 scc: i32 i32", _overflowing(np.subtract)),
    "s_addk_i32": ("i32 scc: = k", _overflowing(np.add)),
    "s_mul_i32": ("u32: u32 u32", np.multiply),
    "s_mulk_i32": ("i32: = k", np.multiply),
    "s_mul_hi_u32": ("u32: u32 u32", lambda a, b: (a.astype(np.uint64) * b) >> np.uint64(32)),
    "s_mul_hi_i32": ("i32: i32 i32", lambda a, b: (_wide(a) * b) >> 32),
    "s_cselect_b32": ("b32: b32 b32 scc", lambda a, b, c: np.where(c, a, b)),
    "s_cselect_b64": ("b64: b64 b64 scc", lambda a, b, c: np.where(c, a, b)),
    "s_cmov_b32": ("b32: b32 = scc", lambda a, old, c: np.where(c, a, old)),
    "s_cmov_b64": ("b64: b64 = scc", lambda a, old, c: np.where(c, a, old)),
    "s_cmovk_i32": ("i32: k = scc", lambda a, old, c: np.where(c, a, old)),
    "s_mov_b32": ("b32: b32", lambda a: a),
    "s_mov_b64": ("b64: b64", lambda a: a),
    "s_movk_i32": ("i32: k", lambda a: a),
    "s_bfm_b32": ("b32: b32 b32", lambda s, o: _mask(s, o, 32)),
    "s_bfm_b64": ("b64: b32 b32", lambda s, o: _mask(s, o, 64)),
    "s_bfe_u32": ("u32 scc: u32 u32", _field),
    "s_bfe_i32": ("i32 scc: i32 u32", _field),
    "s_bfe_u64": ("u64 scc: u64 u32", _field),
    "s_bfe_i64": ("i64 scc: i64 u32", _field),
    "s_lshl_b32": ("b32 scc: b32 b32", _shifted(np.left_shift, 32)),
    "s_lshl_b64": ("b64 scc: b64 b32", _shifted(np.left_shift, 64)),
    "s_lshr_b32": ("b32 scc: b32 b32", _shifted(np.right_shift, 32)),
    "s_lshr_b64": ("b64 scc: b64 b32", _shifted(np.right_shift, 64)),
    "s_ashr_i32": ("i32 scc: i32 b32", _shifted(np.right_shift, 32)),
    "s_ashr_i64": ("i64 scc: i64 b32", _shifted(np.right_shift, 64)),
    "s_absdiff_i32": (
        "i32 scc: i32 i32",
        lambda a, b: (np.abs(_wide(a) - b).astype(np.uint32).view(np.int32), a != b),
    ),
    "s_abs_i32": ("i32 scc: i32", lambda a: (np.abs(a), a != 0)),
    "s_sext_i32_i8": ("i32: i32", lambda a: a.astype(np.int8)),
    "s_sext_i32_i16": ("i32: i32", lambda a: a.astype(np.int16)),
    "s_pack_ll_b32_b16": ("b32: b32 b32", _pack),
    "s_pack_lh_b32_b16": ("b32: b32 b32", lambda a, b: _pack(a, b >> np.uint32(16))),
    "s_pack_hh_b32_b16": (
        "b32: b32 b32",
        lambda a, b: _pack(a >> np.uint32(16), b >> np.uint32(16)),
    ),
    "s_flbit_i32": ("i32: i32", leading_signs),
    "s_flbit_i32_i64": ("i32: i64", leading_signs),
    "s_min_i32": ("i32 scc: i32 i32", _chosen(np.less)),
    "s_min_u32": ("u32 scc: u32 u32", _chosen(np.less)),
    "s_max_i32": ("i32 scc: i32 i32", _chosen(np.greater)),
    "s_max_u32": ("u32 scc: u32 u32", _chosen(np.greater)),
    "s_cmp_eq_u64": ("scc: u64 u64", np.equal),
    "s_cmp_lg_u64": ("scc: u64 u64", np.not_equal),
}
_LOGIC: dict[str, Callable[[Array, Array], Array]] = {
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "andn2": lambda a, b: a & ~b,
    "orn2": lambda a, b: a | ~b,
    "nand": lambda a, b: ~(a & b),
    "nor": lambda a, b: ~(a | b),
    "xnor": lambda a, b: ~(a ^ b),
}
_SAVING = {
    **_LOGIC,
    "andn1": lambda a, b: ~a & b,
    "orn1": lambda a, b: ~a | b,
}
for _width in (32, 64):
    _b = f"b{_width}"
    for _name, _operation in _LOGIC.items():
        ROWS[f"s_{_name}_{_b}"] = (f"{_b} scc: {_b} {_b}", _logic(_operation))
    ROWS[f"s_not_{_b}"] = (f"{_b} scc: {_b}", lambda a: (~a, ~a != 0))
    ROWS[f"s_brev_{_b}"] = (f"{_b}: {_b}", reverse_bits)
    ROWS[f"s_bcnt1_i32_{_b}"] = (f"u32 scc: {_b}", _count)
    ROWS[f"s_bcnt0_i32_{_b}"] = (f"u32 scc: {_b}", lambda a: _count(~a))
    ROWS[f"s_ff1_i32_{_b}"] = (f"i32: {_b}", first_one)
    ROWS[f"s_ff0_i32_{_b}"] = (f"i32: {_b}", lambda a: first_one(~a))
    ROWS[f"s_flbit_i32_{_b}"] = (f"i32: {_b}", leading_zeros)
    ROWS[f"s_bitset0_{_b}"] = (f"{_b}: b32 =", lambda p, old: _set_bit(p, old, 0))
    ROWS[f"s_bitset1_{_b}"] = (f"{_b}: b32 =", lambda p, old: _set_bit(p, old, 1))
    ROWS[f"s_bitcmp0_{_b}"] = (f"scc: {_b} b32", lambda a, p: ~_has_bit(a, p))
    ROWS[f"s_bitcmp1_{_b}"] = (f"scc: {_b} b32", _has_bit)
_COMPARE: dict[str, Any] = {
    "eq": np.equal,
    "lg": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}
for _name, _compare in _COMPARE.items():
    for _kind in ("i32", "u32"):
        ROWS[f"s_cmp_{_name}_{_kind}"] = (f"scc: {_kind} {_kind}", _compare)
        ROWS[f"s_cmpk_{_name}_{_kind}"] = (
            f"scc: {_kind} {'k' if _kind == 'i32' else 'ku'}",
            _compare,
        )
for _amount in (1, 2, 3, 4):
    ROWS[f"s_lshl{_amount}_add_u32"] = ("u32 scc: u32 u32", _shift_add(_amount))


def _immediate(operand: Operand, signed: bool) -> Callable[[Waves], Array]:
    if not isinstance(operand, Constant) or not isinstance(operand.value, int):
        raise ParseError(f"operand {operand} should be an integer")
    value = operand.value & 0xFFFF
    if signed and value & 0x8000:
        value -= 0x10000
    fixed = np.array([value], np.int32 if signed else np.uint32)
    return lambda waves: fixed


def _save_exec(instruction: Instruction, operation: Any, writes_result: bool) -> Runner:
    """s_OP_saveexec: EXEC = source OP EXEC, the destination gets the old one (wrexec: the new)."""
    destination, source = instruction.operands
    read = scalar_reader(source, 64)
    write = scalar_writer(destination, 64)
    execs = Register(EXEC, 2)
    read_exec = scalar_reader(execs, 64)
    write_exec = scalar_writer(execs, 64)

    def run(waves: Waves) -> None:
        old = read_exec(waves)
        new = operation(read(waves), old)
        write_exec(waves, new)
        write(waves, new if writes_result else old)
        waves.scc[waves.selection] = new != 0

    return run


def runner(instruction: Instruction) -> Runner | None:
    """What runs a scalar instruction, or None for one that is not here. Raises ParseError."""
    name = instruction.name
    for suffix, result in (("_saveexec_b64", False), ("_wrexec_b64", True)):
        operation = name.removeprefix("s_").removesuffix(suffix)
        if name.endswith(suffix) and operation in _SAVING:
            return _save_exec(instruction, _SAVING[operation], result)
    if name not in ROWS:
        return None
    signature, function = ROWS[name]
    results, _, sources = signature.partition(":")
    kinds = results.split()
    operands = list(instruction.operands)
    target = operands.pop(0) if kinds[0] != "scc" else None
    readers: list[Callable[[Waves], Array]] = []
    for kind in sources.split():
        if kind == "scc":
            readers.append(lambda waves: waves.scc[waves.selection])
            continue
        if kind in ("k", "ku"):
            readers.append(_immediate(operands.pop(0), kind == "k"))
            continue
        if not operands and kind != "=":
            raise ParseError(f"{name} has too few operands")
        source = target if kind == "=" else operands.pop(0)
        assert source is not None
        kind = kinds[0] if kind == "=" else kind
        dtype = DTYPES[kind]
        raw = scalar_reader(source, bits_of(kind))
        readers.append(lambda waves, raw=raw, dtype=dtype: raw(waves).view(dtype))  # type: ignore[misc]
    if operands:
        raise ParseError(f"{name} has too many operands")
    if target is None:

        def compare(waves: Waves) -> None:
            waves.scc[waves.selection] = function(*[read(waves) for read in readers])

        return compare
    width = bits_of(kinds[0])
    write = scalar_writer(target, width)
    dtype = DTYPES[kinds[0]]
    uint = np.dtype(f"u{width // 8}")
    sets_scc = len(kinds) == 2

    def run(waves: Waves) -> None:
        out = function(*[read(waves) for read in readers])
        value = out[0] if sets_scc else out
        write(waves, np.ascontiguousarray(value.astype(dtype)).view(uint))
        if sets_scc:
            waves.scc[waves.selection] = out[1]

    return run
