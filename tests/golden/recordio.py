"""Record files as MXNet 1.9.1 writes them.

``python tests/golden/recordio.py``, where MXNet 1.9.1 is installed, writes recordio.json. Kept to Python 3.8.
"""

import json
import struct
import tempfile
from pathlib import Path

ANSWERS = Path(__file__).parent / "recordio.json"
MAGIC = struct.pack("<I", 0xCED7230A)
FILES = {
    "nothing": [],
    "empty": [b""],
    "padded": [b"a", b"ab", b"abc", b"abcd", b"abcde"],
    "magic alone": [MAGIC, MAGIC + MAGIC, b"x"],
    "magic where it counts": [b"abcd" + MAGIC + b"xyz", b"abcd" + MAGIC, MAGIC + b"ab", b"1234" + MAGIC * 3 + b"56789"],
    "magic where it does not": [b"a" + MAGIC, b"ab" + MAGIC + b"c" + MAGIC, MAGIC[:3] + MAGIC],
    "end of the index": [b"r%d" % i * (i + 1) for i in range(5)],
}
HEADERS = [(0, 1.5, 7, 0), (3, [1, 2, 3], 7, 1), (0, [1, 2], 1 << 40, 0), (5, 2.0, 1, 2), (0, 1, 2**64 - 1, 2**64 - 1)]


def record():
    import mxnet as mx

    found = {"files": {}, "indexes": {}, "headers": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, payloads in FILES.items():
            writer = mx.recordio.MXIndexedRecordIO(f"{folder}/a.idx", f"{folder}/a.rec", "w")
            for i, payload in enumerate(payloads):
                writer.write_idx(3 * i, payload)
            writer.close()
            found["files"][name] = Path(folder, "a.rec").read_bytes().hex()
            found["indexes"][name] = Path(folder, "a.idx").read_text()
    for header in HEADERS:
        found["headers"].append(mx.recordio.pack(mx.recordio.IRHeader(*header), b"zz").hex())
    ANSWERS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    record()
