"""Names that early tutorials use.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.ndarray import relu as relu
from mxnb.ndarray.ndarray import NDArray
_DType = str | type[Any] | np.dtype[Any]

