"""What the app asks of ``sync``: its modules, and the driver below them, are loaded by the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore.errors import LocalstoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from localstore.rows import Page
    from localstore.store import Store
    from sync.comparing.verifying import VerifyReport
    from sync.conflicts import OpenConflict
    from sync.linking import LinkPlan
    from sync.resolution.conflict_rows import ConflictRow
    from sync.resolution.resolving_all import Settled
    from sync.rounds import Estimate, Round, Status
    from sync.shapes import Cancelled, Report


class SyncCalls:
    """One method for each; a test puts others in their place."""

    def round(self, store: Store, report: Report, cancelled: Cancelled) -> Round:
        """Carry changes both ways."""
        from sync.protocol import sync

        return sync(store, report=report, cancelled=cancelled)

    def estimate(self, store: Store) -> Estimate:
        """Ask what a round would carry."""
        from sync.estimating import estimate

        return estimate(store)

    def link(self, store: Store, url: str, share: str, agreed: Callable[[LinkPlan], bool]) -> LinkPlan | None:
        """Link the store with a server."""
        from sync.linking import link

        return link(store, url, share=share, agreed=agreed)

    def unlink(self, store: Store, *, forget_unsent: bool) -> None:
        """Take the link off."""
        from sync.linking import unlink

        unlink(store, forget_unsent=forget_unsent)

    def verify(self, store: Store, report: Report, cancelled: Cancelled, *, repair: bool = False) -> VerifyReport:
        """Compare every row with the server; with *repair*, make what differs here as it is there."""
        from sync.comparing.verifying import verify

        return verify(store, repair=repair, report=report, cancelled=cancelled)

    def conflicts(self, store: Store, limit: int, after: str | None) -> Page[ConflictRow]:
        """Read some open conflicts, without their versions."""
        from sync.resolution.conflict_rows import rows

        return rows(store, limit, after)

    def conflict_anchors(self, store: Store, step: int) -> list[str]:
        """Find where each block of open conflicts begins."""
        from sync.resolution.conflict_rows import anchors

        return anchors(store, step)

    def conflict_count(self, store: Store) -> int:
        """Count the open conflicts."""
        from sync.conflicts import count

        return count(store)

    def conflict(self, store: Store, ref: str) -> OpenConflict:
        """Read one."""
        from sync.conflicts import get

        return get(store, ref)

    def resolve(self, store: Store, ref: str, how: str, value: str | None = None) -> None:
        """Settle one as a whole; *value* is for the way of that name."""
        from sync.resolution.resolving import UNSET, resolve

        resolve(store, ref, how, UNSET if value is None else value)

    def resolve_fields(self, store: Store, ref: str, chosen: dict[str, Any]) -> None:
        """Settle one by the value of each field."""
        from sync.resolution.resolving import resolve_fields

        resolve_fields(store, ref, chosen)

    def resolve_all(self, store: Store, how: str, report: Report, cancelled: Cancelled) -> Settled:
        """Settle all that wait the same way."""
        from sync.resolution.resolving_all import resolve_all
        from sync.shapes import Progress

        return resolve_all(store, how, lambda done, whole: report(Progress("resolve", "", done, whole)), cancelled)

    def resolve_some(
        self, store: Store, how: str, refs: Iterable[str], report: Report, cancelled: Cancelled
    ) -> Settled:
        """Settle some the same way, each an edit of its own; those that cannot be stay open."""
        from sync.resolution.resolving import resolve
        from sync.resolution.resolving_all import Settled
        from sync.shapes import Progress

        known, settled = list(refs), Settled()
        for number, ref in enumerate(known, 1):
            if cancelled():
                settled.cancelled = True
                break
            try:
                resolve(store, ref, how)
                settled.done += 1
            except LocalstoreError as error:
                settled.left, settled.why = settled.left + 1, settled.why or str(error)
            report(Progress("resolve", "", number, len(known)))
        return settled

    def status(self, store: Store) -> Status:
        """Read how the store stands."""
        from sync.standing import status

        return status(store)

    def rounds(self, store: Store, limit: int) -> list[dict[str, Any]]:
        """Read the log of rounds."""
        from sync.round_log import rounds

        return rounds(store, limit)
