"""The terminal: what it can show, and a driver that outlives it."""

from __future__ import annotations

import errno
import termios
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

from tui.columns import placed

if TYPE_CHECKING:
    from textual.message import Message

    from tui.app import LocalstoreApp


class Output:
    """Writes to the terminal; when it is gone, into nothing: the thread that draws must not die before the drafts."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.gone = False

    def write(self, text: str) -> None:
        """Write, unless the terminal is gone; a sign it cannot take becomes a question mark."""
        if self.gone:
            return
        try:
            self._file.write(text)
        except UnicodeEncodeError:
            encoding = self._file.encoding or "ascii"
            self._file.write(text.encode(encoding, "replace").decode(encoding))
        except (OSError, ValueError):
            self.gone = True

    def flush(self) -> None:
        """Flush, unless the terminal is gone."""
        if not self.gone:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self.gone = True

    def fileno(self) -> int:
        """Return the terminal's number."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Tell that it is a terminal."""
        return True


class Terminal(LinuxDriver):
    """Textual's driver for a terminal that may be closed while the app runs."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._file = cast("Any", Output(cast("TextIO", self._file)))

    def write(self, data: str) -> None:
        """Write a frame; its columns hold in any script."""
        super().write(placed(data))

    def process_message(self, message: Message) -> None:
        """Note when the person did something last."""
        cast("LocalstoreApp", self._app).after_start.last_key = time.monotonic()
        super().process_message(message)

    def _run_input_thread(self) -> None:
        """Read keys; a terminal that is gone ends the app, with its drafts kept."""
        try:
            self.run_input_thread()
        except OSError:
            app = cast("LocalstoreApp", self._app)
            app.call_later(app.leaving.at_once)
        except BaseException:
            import rich.traceback

            self._app.call_later(self._app.panic, rich.traceback.Traceback())


def closed() -> bool:
    """Tell whether the terminal was closed, though perhaps nobody said so (``nohup``)."""
    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return error.args[0] in (errno.EIO, errno.ENXIO)
    return False


def takes_unicode(environment: Mapping[str, str]) -> bool:
    """Tell whether the locale has UTF-8; where nothing is said of a locale, it is taken to have it.

    Python itself puts ``LC_CTYPE=C.UTF-8`` beside ``LANG=C`` (PEP 538): that is not what the person said.
    """
    said = [environment.get("LC_ALL", ""), environment.get("LC_CTYPE", ""), environment.get("LANG", "")]
    if said[2] in ("C", "POSIX") and said[1] == "C.UTF-8":
        said[1] = ""
    chosen = next((each for each in said if each), "C.UTF-8").casefold()
    return "utf-8" in chosen or "utf8" in chosen
