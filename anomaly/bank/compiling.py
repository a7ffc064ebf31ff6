"""Where the decorators of kernels were first."""

from anomaly.compiling import entry, kernel, lean_entry, lean_kernel

__all__ = ["entry", "kernel", "lean_entry", "lean_kernel"]
