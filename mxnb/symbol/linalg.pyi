"""`mx.sym.linalg`: operators named ``_linalg_*``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

