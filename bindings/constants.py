"""The bytes of constant attributes, which the bindings do not give for all element types."""

import ctypes
import re
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.bindings.capi import Attribute, functions
from fnuz.bindings.handles import address


def _handle(attr: Any) -> Attribute:
    return Attribute(address(attr))


_RESOURCE = re.compile(r'dense_resource<(?:"(?P<quoted>.*)"|(?P<plain>[^>]*))> :')


def resource_key(attr: Any, bindings: Bindings) -> str | None:
    """The key of a dense_resource attribute, or None for any other attribute."""
    if not functions(bindings).mlirAttributeIsADenseResourceElements(_handle(attr)):
        return None
    # Its text is the key and the type, never the bytes.
    found = _RESOURCE.match(str(attr))
    assert found, "the text of a dense_resource has changed"
    return found["quoted"] or found["plain"]


def dense_bytes(attr: Any, bindings: Bindings, width: int = 1) -> NDArray[np.uint8]:
    """The bytes of a dense attribute with elements of `width` bytes, without a copy.

    A splat has one element. They live as long as the context.
    """
    count = (1 if attr.is_splat else len(attr)) * width
    if count == 0:
        return np.empty(0, np.uint8)
    data = functions(bindings).mlirDenseElementsAttrGetRawData(_handle(attr))
    return _view(data, count)


class _BlobEntry(ctypes.Structure):
    """MLIR's DialectResourceBlobManager::BlobEntry: its key and, if it has one, its blob."""

    _fields_ = (
        ("key", ctypes.c_void_p),
        ("key_length", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("data_length", ctypes.c_size_t),
        ("alignment_deleter_mutability", ctypes.c_uint64 * 7),
        ("has_blob", ctypes.c_bool),
    )


_ENTRY_WORD = 3
"""Which word of the attribute's storage points to its BlobEntry."""


def resource_bytes(attr: Any, bindings: Bindings, width: int = 1) -> NDArray[np.uint8]:
    """The bytes of a dense_resource attribute with elements of `width` bytes, without a copy.

    They live as long as the resource. Raises ValueError when the resource has no bytes (it was
    elided when the file was printed) or not `width` for each element.

    The C API reads one element a call and does not tell a missing blob. So the blob is read where
    MLIR keeps it: C++ layout, of the pinned bindings, and believed only when the key there is the
    key of the attribute.
    """
    key = resource_key(attr, bindings)
    words = (ctypes.c_void_p * (_ENTRY_WORD + 1)).from_address(_handle(attr).ptr)
    entry = _BlobEntry.from_address(words[_ENTRY_WORD] or 0)
    if ctypes.string_at(entry.key, entry.key_length).decode() != key:
        raise RuntimeError("this build of MLIR keeps dense_resource bytes in another layout")
    if not entry.has_blob:
        raise ValueError(f"resource '{key}' has no bytes: they were elided or never given")
    count = prod(bindings.ir.ShapedType(attr.type).shape) * width
    if entry.data_length != count:
        elements = f"{count // width} elements" + (f" of {width}" if width > 1 else "")
        raise ValueError(f"resource '{key}' has {entry.data_length} bytes for {elements}")
    return _view(entry.data, count) if count else np.empty(0, np.uint8)


def _view(address: int, count: int) -> NDArray[np.uint8]:
    array = np.ctypeslib.as_array((ctypes.c_uint8 * count).from_address(address))
    array.setflags(write=False)
    return array
