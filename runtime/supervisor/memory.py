"""How much memory a process takes."""

import psutil


def tree_rss_mb(pid: int, *, with_children: bool = True) -> float:
    """Return the resident memory of a process and its children in MB; 0 when it has ended.

    Pages that the processes share (PostgreSQL's buffers) are counted once, at their largest.
    """
    try:
        top = psutil.Process(pid)
        family = [top, *(top.children(recursive=True) if with_children else [])]
    except psutil.Error:
        return 0.0
    private_bytes, shared_bytes = 0, 0
    for process in family:
        try:
            memory = process.memory_info()
        except psutil.Error:
            continue
        shared = getattr(memory, "shared", 0)
        private_bytes += memory.rss - shared
        shared_bytes = max(shared_bytes, shared)
    return round((private_bytes + shared_bytes) / 1e6, 1)
