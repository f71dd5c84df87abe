"""What another process does in these tests: ``python -m tests.localstore.embedding.programs STORE MODEL``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from localstore import Store
from localstore.embedders.builtin import HashingEmbedder
from localstore.embedding import run


class Stopping(HashingEmbedder):
    """The built-in one; in the third batch it says so and waits to be killed."""

    batches = 0

    def embed(self, texts: Sequence[str], kind: str = "document") -> Any:
        self.batches += 1
        if self.batches == 3:
            print("batch 3", flush=True)
            sys.stdin.readline()
        return super().embed(texts, kind)


def main(path: str, model: str) -> None:
    """Embed five texts at a time."""
    with Store.open(path) as store:
        run(store, model, batch=5, embedder=Stopping(8))


if __name__ == "__main__":
    main(*sys.argv[1:])
