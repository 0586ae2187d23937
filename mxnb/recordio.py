"""Files of records: the RecordIO format, with an index beside it or without, and images packed in records.

A record in the file is::

    magic      4 bytes   0xced7230a, little-endian, as all numbers here
    length     4 bytes   lower 29 bits: bytes of the payload; upper 3 bits: 0 whole, 1 first part, 2 middle, 3 last
    payload
    zeros                until the next multiple of 4

A reader that has lost its place looks for the magic number at multiples of 4.  So it must not occur there in a payload:
where it does, the payload is cut into parts at that place, and the magic number that stood there is left out.  The
index is a text file with a line ``key<TAB>offset`` for each record.
"""

from __future__ import annotations

import collections
import os
import re
import struct
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from .base import MXNetError

__all__ = ["IRHeader", "MXIndexedRecordIO", "MXRecordIO", "pack", "pack_img", "unpack", "unpack_img"]

MAGIC = struct.pack("<I", 0xCED7230A)
LONGEST = (1 << 29) - 1  # bytes of a part
WHOLE, FIRST, MIDDLE, LAST = range(4)


# --- Records in an open file -----------------------------------------------------------------------------------------


def parts_of(payload: bytes) -> list[bytes]:
    """The payload cut where the magic number stands at a multiple of 4.

    Parameters
    ----------
    payload : bytes

    Returns
    -------
    list of bytes
    """
    parts, begin = [], 0
    for found in re.finditer(re.escape(MAGIC), payload):
        if found.start() % 4 == 0:
            parts.append(payload[begin : found.start()])
            begin = found.end()
    return [*parts, payload[begin:]]


def write_record(file: IO[bytes], payload: bytes) -> None:
    """Append a record to a file.

    Parameters
    ----------
    file : binary file, open for writing
    payload : bytes

    Raises
    ------
    MXNetError
        If it has 2**29 bytes or more between two magic numbers.
    """
    parts = parts_of(payload)
    for i, part in enumerate(parts):
        if len(part) > LONGEST:
            raise MXNetError(f"recordio: a record of {len(part)} bytes, at most {LONGEST} fit")
        kind = WHOLE if len(parts) == 1 else FIRST if i == 0 else LAST if i == len(parts) - 1 else MIDDLE
        file.write(b"".join((MAGIC, struct.pack("<I", kind << 29 | len(part)), part, bytes(-len(part) % 4))))


def read_record(file: IO[bytes], name: str) -> bytes | None:
    """The record at the file's place, or None at its end.

    Parameters
    ----------
    file : binary file, open for reading, at the beginning of a record
    name : the file's name, for errors

    Raises
    ------
    MXNetError
        If there is no whole record here; it names the file and the offset.
    """
    parts: list[bytes] = []
    while True:
        head = file.read(8)
        if not head and not parts:
            return None
        if len(head) < 8:
            raise _damaged(file, name, len(head), "the file ends within a record")
        if head[:4] != MAGIC:
            raise _damaged(file, name, 8, f"no record begins here: {head[:4].hex()} instead of {MAGIC.hex()}")
        (word,) = struct.unpack_from("<I", head, 4)
        kind, length = word >> 29, word & LONGEST
        if kind > LAST or (kind in (MIDDLE, LAST)) != bool(parts):
            raise _damaged(file, name, 8, f"a part of kind {kind} after {len(parts)} parts")
        padded = length + -length % 4
        part = file.read(padded)
        if len(part) < padded:
            raise _damaged(file, name, 8 + len(part), f"the record has {length} bytes, the file only {len(part)} more")
        if kind == WHOLE:
            return part[:length]
        parts.append(part[:length])
        if kind == LAST:
            return MAGIC.join(parts)


def _damaged(file: IO[bytes], name: str, back: int, what: str) -> MXNetError:
    return MXNetError(f"recordio: {name}, offset {file.tell() - back}: {what}")


# --- Readers and writers ---------------------------------------------------------------------------------------------


class MXRecordIO:
    """Reads or writes records one after the other.

    A reader that is pickled, or used after `fork`, opens the file anew in the other process, at its beginning.

    Parameters
    ----------
    uri : str
        The file.
    flag : str
        ``"r"`` to read, ``"w"`` to write a new file in place of what is there.

    Raises
    ------
    ValueError
        If `flag` is neither.
    MXNetError
        If the file cannot be opened, or what it holds is no record; it names the file and the offset.

    Examples
    --------
    >>> import os, tempfile
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> with mx.recordio.MXRecordIO(path, "w") as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"two")
    >>> with mx.recordio.MXRecordIO(path, "r") as reader:
    ...     reader.read(), reader.read(), reader.read()
    (b'one', b'two', None)
    """

    handle: IO[bytes] | None = None
    is_open = False

    def __init__(self, uri: str, flag: str) -> None:
        self.uri, self.flag = os.fspath(uri), flag
        if flag not in ("r", "w"):
            raise ValueError(f"MXRecordIO: flag is {flag!r}, needs 'r' or 'w'")
        self.pid: int | None = None
        self.open()

    def open(self) -> None:
        """Open the file; one that is written begins empty."""
        self.writable = self.flag == "w"
        try:
            self.handle = open(self.uri, self.flag + "b")  # noqa: SIM115 - open until `close`
        except OSError as error:
            raise MXNetError(f"MXRecordIO: cannot open {self.uri}: {error.strerror}") from error
        self.pid, self.is_open = os.getpid(), True

    def close(self) -> None:
        """Close the file; what was written is in it then."""
        if self.handle is not None and self.pid == os.getpid():  # a parent's file is closed by the parent
            self.handle.close()
        self.handle, self.is_open, self.pid = None, False, None

    def reset(self) -> None:
        """Back to the first record; a file that is written begins empty again."""
        self.close()
        self.open()

    def _file(self, writing: bool) -> IO[bytes]:
        """The open file, if it is this process's, and open for what is wanted."""
        if not self.is_open or self.handle is None:
            raise MXNetError(f"{type(self).__name__}: {self.uri} is closed")
        if writing != self.writable:
            need, is_open = ("'w'", "'r'") if writing else ("'r'", "'w'")
            raise MXNetError(f"{type(self).__name__}: {self.uri} is open with flag {is_open}, needs {need}")
        if self.pid != os.getpid():
            if writing:
                raise MXNetError(f"{type(self).__name__}: {self.uri} is written by another process, which opened it")
            self.reset()
        return self.handle

    def write(self, buf: bytes) -> None:
        """Append a record.

        Parameters
        ----------
        buf : bytes
        """
        write_record(self._file(True), buf)

    def read(self) -> bytes | None:
        """The next record.

        Returns
        -------
        bytes, or None after the last one
        """
        return read_record(self._file(False), self.uri)

    def tell(self) -> int:
        """Where in the file the next record begins, in bytes."""
        return self._file(self.writable).tell()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: a writer cannot be, since two processes would write one file."""
        if self.is_open and self.writable:
            raise MXNetError(f"{type(self).__name__}: {self.uri} is being written, close it before it is pickled")
        return {**self.__dict__, "handle": None, "pid": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.is_open:
            self.open()


class MXIndexedRecordIO(MXRecordIO):
    """Reads records in any order, by their keys, or writes them with keys.

    Parameters
    ----------
    idx_path : str
        The index, a line ``key<TAB>offset`` for each record.
    uri, flag :
        As for `MXRecordIO`.
    key_type : callable
        Makes a key of its text.

    Attributes
    ----------
    keys : list
        The keys in their order in the index.
    idx : dict
        Offset of each.

    Raises
    ------
    MXNetError
        As `MXRecordIO`; also if the index is missing, or a line of it is not as above.

    Examples
    --------
    >>> import os, tempfile
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> with mx.recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w") as writer:
    ...     for i in range(3):
    ...         writer.write_idx(i, b"record %d" % i)
    >>> with mx.recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "r") as reader:
    ...     reader.keys, reader.read_idx(1), reader.read()
    ([0, 1, 2], b'record 1', b'record 2')
    """

    fidx: IO[str] | None = None

    def __init__(self, idx_path: str, uri: str, flag: str, key_type: Callable[[str], Any] = int) -> None:
        self.idx_path, self.key_type = os.fspath(idx_path), key_type
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open both files, and read the index."""
        super().open()
        self.idx, self.keys = {}, []
        try:
            self.fidx = open(self.idx_path, self.flag, encoding="utf-8")  # noqa: SIM115 - open until `close`
        except OSError as error:
            super().close()
            raise MXNetError(f"MXIndexedRecordIO: cannot open {self.idx_path}: {error.strerror}") from error
        if not self.writable:
            try:
                self._read_index()
            except Exception:
                self.close()
                raise

    def _read_index(self) -> None:
        assert self.fidx is not None
        size = os.path.getsize(self.uri)
        number = 0
        try:
            for number, line in enumerate(self.fidx, 1):
                key_text, offset_text = line.rstrip("\n").split("\t")
                key, offset = self.key_type(key_text), int(offset_text)
                if not 0 <= offset < size:
                    raise MXNetError(
                        f"MXIndexedRecordIO: {self.idx_path}, line {number}: offset {offset}, "
                        f"but {self.uri} has {size} bytes"
                    )
                self.idx[key] = offset
                self.keys.append(key)
        except ValueError as error:  # UnicodeDecodeError, too
            raise MXNetError(
                f"MXIndexedRecordIO: {self.idx_path}, line {number}: needs 'key<TAB>offset' ({error})"
            ) from error

    def close(self) -> None:
        """Close both files."""
        if self.fidx is not None and self.pid == os.getpid():
            self.fidx.close()
        self.fidx = None
        super().close()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "fidx": None}

    def seek(self, idx: Any) -> None:
        """Go to the record with a key.

        Parameters
        ----------
        idx : the key

        Raises
        ------
        KeyError
            If there is none.
        """
        file = self._file(False)  # first: after a fork it reads the index again
        if idx not in self.idx:
            raise KeyError(f"{self.idx_path} has no key {idx!r}")
        file.seek(self.idx[idx])

    def read_idx(self, idx: Any) -> bytes | None:
        """The record with a key.

        Parameters
        ----------
        idx : the key

        Returns
        -------
        bytes

        Raises
        ------
        KeyError
            If there is none.
        """
        self.seek(idx)
        return self.read()

    def write_idx(self, idx: Any, buf: bytes) -> None:
        """Append a record and note its key.

        Parameters
        ----------
        idx : the key; ``key_type(str(idx))`` is what readers get
        buf : bytes
        """
        key, offset = self.key_type(idx), self.tell()
        self.write(buf)
        assert self.fidx is not None
        self.fidx.write(f"{key}\t{offset}\n")
        self.idx[key] = offset
        self.keys.append(key)


# --- What records hold -----------------------------------------------------------------------------------------------


class IRHeader(collections.namedtuple("HEADER", ["flag", "label", "id", "id2"])):
    """The header of a record with an image: 24 bytes, and the labels, if there are several.

    Parameters
    ----------
    flag : int
        How many labels follow as float32; 0 where `label` is a number.
    label : float or sequence of float
    id, id2 : int
        What identifies the record, 64 bits each.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.recordio.IRHeader(0, 3.0, 7, 0)
    HEADER(flag=0, label=3.0, id=7, id2=0)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"HEADER(flag={self.flag}, label={self.label}, id={self.id}, id2={self.id2})"


_HEADER = struct.Struct("<IfQQ")


def pack(header: IRHeader, s: bytes) -> bytes:
    """The bytes of a record: header and content.

    Parameters
    ----------
    header : IRHeader
        Where its label is a sequence, its length becomes the flag.  A tuple of four is taken, too.
    s : bytes

    Returns
    -------
    bytes

    Raises
    ------
    MXNetError
        If a number of the header does not fit.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.recordio.unpack(mx.recordio.pack(mx.recordio.IRHeader(0, 3.0, 7, 0), b"content"))
    (HEADER(flag=0, label=3.0, id=7, id2=0), b'content')
    """
    header, labels = IRHeader(*header), b""
    if isinstance(header.label, (int, float, np.number)):
        header = header._replace(flag=0)
    else:
        label = np.asarray(header.label, np.dtype("<f4")).reshape(-1)
        header, labels = header._replace(flag=label.size, label=0), label.tobytes()
    try:
        return _HEADER.pack(*header) + labels + s
    except (struct.error, OverflowError) as error:
        raise MXNetError(f"recordio.pack: {header} does not fit ({error})") from error


def unpack(s: bytes) -> tuple[IRHeader, bytes]:
    """Header and content of a record.

    Parameters
    ----------
    s : bytes

    Returns
    -------
    header : IRHeader
        Its label is a float, or an array of float32 where its flag is not 0.
    content : bytes

    Raises
    ------
    MXNetError
        If the record is shorter than its header says.

    Examples
    --------
    >>> import mxnb as mx
    >>> header, content = mx.recordio.unpack(mx.recordio.pack(mx.recordio.IRHeader(0, [1, 2], 7, 0), b"content"))
    >>> header.flag, header.label.tolist(), content
    (2, [1.0, 2.0], b'content')
    """
    if len(s) < _HEADER.size:
        raise MXNetError(f"recordio.unpack: a record of {len(s)} bytes, the header alone has {_HEADER.size}")
    header, content = IRHeader(*_HEADER.unpack_from(s)), s[_HEADER.size :]
    if header.flag:
        if len(content) < 4 * header.flag:
            raise MXNetError(f"recordio.unpack: {header.flag} labels in a record of {len(s)} bytes")
        label = np.frombuffer(content, np.dtype("<f4"), header.flag).astype(np.float32)
        header, content = header._replace(label=label), content[4 * header.flag :]
    return header, content


def pack_img(header: IRHeader, img: np.ndarray, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """The bytes of a record: header and encoded image.

    Parameters
    ----------
    header : IRHeader
    img : array, shape (height, width), (height, width, 3) in the order blue, green, red, or 4 with alpha; uint8, for
        PNG also uint16
    quality : int
        Of a JPEG, 1 to 100; of a PNG how strongly it is compressed, 1 to 9.
    img_fmt : str
        ``".jpg"``, ``".png"``, or another ending that Pillow knows.

    Returns
    -------
    bytes

    Raises
    ------
    MXNetError
        If the image cannot be encoded so.

    Examples
    --------
    >>> import numpy as np
    >>> import mxnb as mx
    >>> image = np.zeros((4, 4, 3), np.uint8)
    >>> s = mx.recordio.pack_img(mx.recordio.IRHeader(0, 3.0, 7, 0), image, img_fmt=".png")
    >>> mx.recordio.unpack_img(s)[1].shape
    (4, 4, 3)
    """
    from .image import codec

    return pack(header, codec.encode(np.asarray(img), img_fmt, quality, rgb=False))


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[IRHeader, np.ndarray]:
    """Header and decoded image of a record.

    Parameters
    ----------
    s : bytes
    iscolor : int
        1 gives three channels, 0 grey, -1 what the file has, alpha and 16 bits included.

    Returns
    -------
    header : IRHeader
    image : array, shape (height, width) or (height, width, channels) in the order blue, green, red, alpha

    Raises
    ------
    MXNetError
        If the record holds no image.

    Examples
    --------
    See `pack_img`.
    """
    from .image import codec

    header, content = unpack(s)
    return header, codec.decode(content, iscolor, rgb=False, what=f"record {header.id}", upright=True)
