"""The elements of tensors, which may be in files of their own: those are mapped, not read."""

import math
import mmap
import stat
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from fnuz.frontends.errors import failed


@dataclass
class Data:
    """The data of the model `file`; `folder` is where its other files are, None if nowhere."""

    file: str
    folder: Path | None
    _maps: dict[str, mmap.mmap] = field(default_factory=dict)

    def bytes_of(self, tensor: TensorProto) -> NDArray[np.uint8]:
        """The elements of a tensor, little endian, without a copy where they are in a file.

        Types of four bits are packed, two to a byte, and bool has a byte for each.
        Raises ImportFailed.
        """
        if tensor.data_location == TensorProto.EXTERNAL:
            return self._external(tensor)
        if tensor.HasField("raw_data"):
            if len(tensor.raw_data) != _size(tensor):
                problem = f"{len(tensor.raw_data)} bytes, but its type needs {_size(tensor)}"
                raise failed(self.file, f"tensor {tensor.name!r} has {problem}")
            return np.frombuffer(tensor.raw_data, np.uint8)
        try:
            values = onnx.numpy_helper.to_array(tensor)
        except ValueError as e:
            raise failed(self.file, f"tensor {tensor.name!r} cannot be read: {e}") from None
        return np.ascontiguousarray(values).reshape(-1).view(np.uint8)

    def _external(self, tensor: TensorProto) -> NDArray[np.uint8]:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        where = f"tensor {tensor.name!r} has its data in {location!r}"
        if self.folder is None:
            raise failed(self.file, f"{where}: give the model as a file, or the folder of its data")
        content = self._mapped(location, where)
        try:
            offset = int(entries.get("offset", 0))
            length = int(entries.get("length", len(content) - offset))
        except ValueError:
            raise failed(self.file, f"{where}, at an offset or length that is no number") from None
        needed = _size(tensor)
        if not 0 <= offset <= offset + length <= len(content):
            problem = f"bytes {offset} to {offset + length}, but the file has {len(content)}"
        elif length != needed:
            problem = f"{length} bytes, but its type needs {needed}"
        else:
            return np.frombuffer(content, np.uint8, length, offset)
        raise failed(self.file, f"{where}, {problem}")

    def _mapped(self, location: str, where: str) -> mmap.mmap:
        assert self.folder is not None
        if location not in self._maps:
            try:
                folder = self.folder.resolve()
                path = (folder / location).resolve()
                if not path.is_relative_to(folder):
                    raise failed(self.file, f"{where}, which is outside the folder of the model")
                self._maps[location] = _map(path)
            except (OSError, ValueError, RuntimeError) as e:
                reason = e.strerror if isinstance(e, OSError) else str(e)
                raise failed(self.file, f"{where}, which cannot be read: {reason}") from None
        return self._maps[location]


def _map(path: Path) -> mmap.mmap:
    """The bytes of a file. Raises OSError or ValueError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a file")  # To open a pipe would wait for its writer.
    with path.open("rb") as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)


def _size(tensor: TensorProto) -> int:
    """How many bytes the elements of a tensor are."""
    count: int = math.prod(tensor.dims)
    if tensor.data_type in (TensorProto.UINT4, TensorProto.INT4):
        return (count + 1) // 2
    width: int = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return count * width
