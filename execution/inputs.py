"""Inputs for a function: random ones that reach the corners of fp8, or those of a file.

There are two sets, because one NaN makes a whole row of a product NaN and hides the rest:
"ordinary" has finite values only (a cast to fp8 may still overflow), "special" has every special
code and value too, once each.

Left out on purpose: the Inf codes of E5M2 arguments (FNUZ has no Inf; give them in a file to
see what becomes of them), and f32 values beyond 1e30, where a doubled scale could overflow.
"""

import zipfile
import zlib
from collections.abc import Generator
from typing import Literal

import numpy as np

from fnuz.dialect import formats
from fnuz.execution.signature import Array, Signature, Value

Kind = Literal["ordinary", "special"]
KINDS: tuple[Kind, ...] = ("ordinary", "special")

_EXPONENTS = (0, -4, -8, -12)
"""How ordinary inputs are scaled, in turn, until not every result is NaN."""

_FEW = 8
"""A tensor with fewer elements (a scale, most often) gets no special values: each would decide
the whole result."""

_TIES = [1.0625, 1.1875, 17.0, 2.0**-10, 3 * 2.0**-10, 1.125, 1.375, 2.0**-17, 3 * 2.0**-17]
_EDGES = [240.0, 248.0, 448.0, 464.0, np.nextafter(np.float32(464), np.float32(465)), 480.0, 496.0]
_EDGES += [57344.0, 61439.0, 61440.0, 65504.0, 65536.0]
_SMALL = [0.0, 2.0**-9, 2.0**-7, 2.0**-16, 2.0**-15, 1e-30, 1e-40]
_MAGNITUDES = np.array([*_TIES, *_EDGES, *_SMALL, 1e30, np.inf], np.float32)

SPECIAL_FLOATS = np.concatenate([_MAGNITUDES, -_MAGNITUDES, np.array([np.nan], np.float32)])
"""Ties between fp8 codes, both sides of every overflow, both zeros, small ones, Inf and NaN."""


class BadInputs(ValueError):
    """Inputs that do not fit the function; the message names the argument."""


def random(
    signature: Signature, kind: Kind, seed: int, dynamic_size: int = 4, exponent: int = 0
) -> list[Array]:
    """One array for each argument, the same for the same `seed`.

    Floats are scaled by 2^exponent, and fp8 codes are drawn from those up to the maximum scaled
    so. Every dynamic size is `dynamic_size`. i8 has all values; the wider integers and index are 0
    to 3, so that they can be positions.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    arrays = []
    for value in signature.arguments:
        shape = tuple(dynamic_size if n is None else n for n in value.shape)
        count = int(np.prod(shape, dtype=np.int64))
        special = kind == "special" and count >= _FEW
        flat = _elements(rng, value, count, special, exponent)
        arrays.append(flat.astype(value.dtype, copy=False).reshape(shape))
    return arrays


def load(path: str, signature: Signature) -> list[Array]:
    """The arrays `arg0`, `arg1`, ... of an .npz file. Raises BadInputs.

    fp8 are uint8 codes, of the OCP format where the function has one; bf16 are uint16 codes.
    """
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise BadInputs(f"'{path}' is not an .npz file: it is one array without a name")
        with file:
            given = {name: file[name] for name in file.files}
    except OSError as error:
        raise BadInputs(f"cannot open input file '{path}': {error.strerror or error}") from None
    except BadInputs:
        raise
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        raise BadInputs(f"'{path}' is not an .npz file of plain arrays") from None
    wanted = [f"arg{i}" for i in range(len(signature.arguments))]
    for name in given:
        if name not in wanted:
            takes = f"it takes {', '.join(wanted)}" if wanted else "it takes none"
            raise BadInputs(f"'{path}' has '{name}', which is no argument of the function; {takes}")
    for name, value in zip(wanted, signature.arguments, strict=True):
        if name not in given:
            raise BadInputs(f"'{path}' has no '{name}' ({value.type})")
        try:
            given[name] = value.check(given[name])
        except ValueError as error:
            raise BadInputs(f"'{path}': {name}: {error}") from None
    return [given[name] for name in wanted]


def _elements(
    rng: np.random.Generator, value: Value, count: int, special: bool, exponent: int
) -> Array:
    element = value.element
    if element in formats.FORMATS:
        return _codes(rng, formats.FORMATS[element], count, special, exponent)
    if element == "f8E8M0FNU":
        # Scales from 2^-8 to 2^8.
        return rng.integers(127 - 8, 127 + 9, count)
    if element in ("f16", "bf16", "f32", "f64"):
        floats = _floats(rng, count, special, exponent)
        if element == "bf16":
            return (floats.view(np.uint32) >> 16).astype(np.uint16)
        with np.errstate(over="ignore"):
            return floats.astype(value.dtype)
    if element == "i1":
        return rng.integers(0, 2, count)
    if element == "i8":
        return rng.integers(-128, 128, count)
    return rng.integers(0, 4, count)


def _codes(
    rng: np.random.Generator, format_: formats.Fp8Format, count: int, special: bool, exponent: int
) -> Array:
    largest = formats.OCP_OF[format_].max / 2 if format_.fnuz else format_.max
    magnitudes = np.abs(format_.values)
    finite = magnitudes <= np.ldexp(largest, exponent)
    specials = np.flatnonzero(np.isnan(magnitudes))
    if format_.fnuz:
        # No OCP value is twice as large.
        specials = np.append(specials, np.flatnonzero(magnitudes > largest))
    else:
        finite[formats.SIGN] = False
        specials = np.append(specials, formats.SIGN)
    ordinary = np.flatnonzero(finite)
    # Every finite code as often as any other: a tensor of 256 elements has them all.
    drawn = rng.permutation(np.resize(rng.permutation(ordinary), count))
    if special:
        _put(rng, drawn, specials)
    return drawn.astype(np.uint8)


def _floats(rng: np.random.Generator, count: int, special: bool, exponent: int) -> Array:
    """float32: mantissas of all bits over 16 octaves around 2^exponent, up to 500 times that."""
    octaves = rng.integers(-8, 8, count) + exponent
    drawn = (rng.standard_normal(count) * np.exp2(octaves)).astype(np.float32)
    if special:
        _put(rng, drawn, SPECIAL_FLOATS)
    return drawn


def _put(rng: np.random.Generator, into: Array, specials: Array) -> None:
    """Put each special value in once, in place; as many as fit in half of the elements.

    They stand together, so that the NaN among them spoil few rows of a product.
    """
    values = rng.permutation(specials)[: len(into) // 2]
    start = rng.integers(0, len(into) - len(values) + 1)
    into[start : start + len(values)] = values


def sets(
    signature: Signature, seed: int, dynamic_size: int
) -> Generator[tuple[str, list[Array]], bool, None]:
    """The two sets of random inputs with a name for each.

    Send True after a set that gave nothing but NaN: the next is then the same set, smaller, as
    long as that makes sense. A quantizer without a clamp makes NaN of all that is too large.
    """
    for kind in KINDS:
        for exponent in _EXPONENTS if kind == "ordinary" else (0,):
            scaled = f", scaled by 2^{exponent}" if exponent else ""
            arrays = random(signature, kind, seed, dynamic_size, exponent)
            if not (yield f"{kind} inputs, seed {seed}{scaled}", arrays):
                break
