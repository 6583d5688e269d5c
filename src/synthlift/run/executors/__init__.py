"""Who carries tasks out: this process, or a pool of them."""

__all__ = ["THREAD_VARIABLES"]

# What a BLAS reads, once, when it is first imported: they must stand before that, in the parent and in each worker.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
