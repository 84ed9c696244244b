"""A serving process keeps no core busy with waiting for the next multiplication."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from components import blas_threads


def test_multiplies_in_one_thread_from_then_on() -> None:
    # The limit is the process's, so it is put back for other tests.
    with threadpool_limits(limits=2, user_api="blas"):
        blas_threads.install()
        square = np.ones((500, 500))
        assert (square @ square == 500).all()
        used = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
        assert used == {1}
