"""OCP fp8 codes to FNUZ codes in registers, four in a word."""

from typing import Any

from fnuz.dialect.formats import MAGNITUDE, SIGN, Fp8Format, InfPolicy
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.tiles import CHUNK


def bytes_of(code: int, count: int = 4) -> int:
    """A code in each byte of a word."""
    return int.from_bytes(bytes([code]) * count, "little")


def chunk_of(e: Emitter, code: int, element: Any) -> Any:
    """A chunk of an fp8 type with one code in each byte."""
    word = e.number(bytes_of(code))
    words = e.value("vector.broadcast", e.vector(CHUNK // 4, e.i32), word)
    return e.bitcast(words, CHUNK, element)


def to_fnuz(e: Emitter, words: Any, flag: Any, ocp: Fp8Format, inf: InfPolicy) -> tuple[Any, Any]:
    """The FNUZ codes of OCP codes but for NaN, and `flag` with bit 7 of a byte set for each NaN.

    `words` is a vector of an even number of i32, `flag` an i32 whose other bits mean nothing. A
    NaN becomes a finite code: who uses the codes must look at the flag. With the magnitudes m,

        bit 7 of m + 0x7f says that m is not 0, and its low bits & m are in m:
            (x & (m + 0x7f)) | m  is x with 0 for -0
        bit 7 of m + (0x80 - n) says that m is n or more, a NaN

    No sum leaves its byte, so two words are added at once. That is 14 instructions for 16 codes;
    with inf="saturate" E5M2 takes 14 more.
    """
    (size,) = words.type.shape
    # In pairs from here on, or else LLVM makes x & ((m + 0x7f) | 0x7f) of it, which is no
    # v_and_or_b32.
    pairs = e.bitcast(words, size // 2, e.i64)
    magnitudes = e.bits("andi", pairs, bytes_of(MAGNITUDE, 8))

    def plus(code: int) -> Any:
        return e.bitcast(e.bits("addi", magnitudes, bytes_of(code, 8)), size, e.i32)

    codes = e.bits("andi", words, plus(0x80 - 1))
    codes = e.bits("ori", codes, e.bitcast(magnitudes, size, e.i32))
    first_nan = ocp.max_code + 1
    if ocp.inf_code is not None and inf == "saturate":
        first_nan = ocp.inf_code + 1
        # The largest finite code is one less.
        beyond = e.bits("shrui", plus(0x80 - ocp.inf_code), 7)
        codes = e.bits("subi", codes, e.bits("andi", beyond, bytes_of(1)))
    is_nan = plus(0x80 - first_nan)
    for n in range(size):
        flag = e.i32_op("ori", flag, e.extract(is_nan, n))
    return codes, flag


def nan_codes(e: Emitter, flag: Any, otherwise: int) -> Any:
    """A word of FNUZ codes: NaN in the bytes that `flag` has bit 7 of, else `otherwise`.

    `otherwise` is 0 or 0x81.
    """
    is_nan = e.i32_op("andi", flag, bytes_of(SIGN))
    if otherwise == 0:
        return is_nan
    assert otherwise == SIGN | 1
    return e.i32_op("xori", e.i32_op("shrui", is_nan, 7), bytes_of(otherwise))
