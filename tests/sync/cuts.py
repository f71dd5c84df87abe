"""Where a connection is cut, in words of the protocol of sync."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sync.proxy import QUERY, SYNC, Cut, Message, Side


@dataclass(kw_only=True)
class AfterCommit(Cut):
    """Cut once a commit is on its way to the server with all that makes it carry it out: the answer is lost."""

    side: Side = "client"
    number: int = 1
    after: bool = True
    of: bytes = b""
    """Only a commit in a transaction in which this was said."""
    said: bool = False
    ended: bool = False

    def hits(self, message: Message) -> bool:
        if message.side != "client":
            return False
        self.said = self.said or self.of in message.raw
        self.ended = self.ended or message.says("COMMIT")
        if not self.ended or message.kind not in (QUERY, SYNC):
            return False
        wanted, self.said, self.ended = self.said, False, False
        return wanted and super().hits(message)
