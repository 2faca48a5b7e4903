"""Listing and searching the catalogue beside what one would call instead: torchvision's and timm's own lists.

Two questions: how long from a fresh interpreter to all names (imports included), and how long one search takes.
Run: ``python -m benchmarks.catalogue``. Target: listing and searching, snapshot not yet read, under 50 ms.
"""

import subprocess
import sys
import time

from benchmarks.timing import interleave, ratio, spread

ROUNDS = 9
OURS = "from core.architectures import names, search; names(); search('resnet')"
THEIRS = "import timm, torchvision.models as m; m.list_models(module=m); timm.list_models('*resnet*')"
TARGET_MS = 50.0
QUERIES = ("resnet50", "vgg 16", "vision transformer", "lite0", "attention", "xyzzy")


def fresh(code: str) -> None:
    """Runs code in an interpreter of its own."""
    subprocess.run([sys.executable, "-c", code], check=True)


def first_use_ms() -> float:
    """Milliseconds from the snapshot's file to the results of a listing and a search, modules already imported."""
    from core.architectures import catalogue

    catalogue._snapshot.cache_clear()
    catalogue.get.cache_clear()
    begin = time.perf_counter()
    catalogue.names()
    catalogue.search("resnet")
    return 1e3 * (time.perf_counter() - begin)


def main() -> None:
    """Prints the ratios and whether the target is met."""
    from core.architectures import names, search

    first = spread([first_use_ms() for _ in range(ROUNDS)])
    met = "met" if first.median < TARGET_MS else "missed"
    print(f"list {len(names())} names and search once, snapshot unread: {first.median:.1f} ms", end=" ")
    print(f"[{first.low:.1f}, {first.high:.1f}], target {TARGET_MS:.0f} ms {met}")

    for query in QUERIES:
        samples = interleave({"search": lambda query=query: search(query)}, ROUNDS)
        took = spread([1e3 * seconds for seconds in samples["search"]])
        print(f"search {query!r}: {took.median:.1f} ms [{took.low:.1f}, {took.high:.1f}]")

    samples = interleave({"ours": lambda: fresh(OURS), "theirs": lambda: fresh(THEIRS)}, ROUNDS)
    share = ratio(samples["ours"], samples["theirs"])
    print(f"fresh interpreter to list and search, ours / torchvision and timm: {share.median:.3f}", end=" ")
    print(
        f"[{share.low:.3f}, {share.high:.3f}] of {spread(samples['theirs']).median:.1f} s, n = {share.count}"
    )


if __name__ == "__main__":
    main()
