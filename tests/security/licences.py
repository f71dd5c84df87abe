"""Write the table of installed packages into the page on security: ``python -m tests.security.licences``.

A test compares the page with what this writes, and knows which licences may be among them.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- packages: written by python -m tests.security.licences -->\n", "<!-- end of packages -->"
MACHINE = {
    "python_version": "3.11",
    "python_full_version": "3.11.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "os_name": "posix",
}
"""One machine for all, so that the table is the same wherever it is written."""
ALLOWED = frozenset(
    [
        *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "CC0-1.0", "Apache-2.0", "PSF-2.0"),
        "BSD",
        "any-OSI",  # APSW: whichever approved licence one likes
        "MPL-2.0",  # per file: certifi's list and orjson's own sources, used as they are
        "LGPL-3.0-only",  # psycopg: a library of its own, which anybody may replace
    ]
)
SPELLED = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


class Package(NamedTuple):
    """A package that is installed with the program: its licence, and what it is here for."""

    name: str
    licence: str
    why: str

    @property
    def parts(self) -> set[str]:
        """The licences that the expression names."""
        return set(re.split(r"\s+(?:AND|OR|WITH)\s+", self.licence.replace("(", "").replace(")", "")))


def reasons() -> dict[str, str]:
    """What pyproject.toml says beside each dependency."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("\ndependencies = [") :].partition("\n]")[0]
    found = re.findall(r'^  "([\w.-]+)[^"]*",\s+# (.+)$', block, re.MULTILINE)
    return {canonicalize_name(name): why for name, why in found}


def packages() -> list[Package]:
    """Every package that an installation has, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Package] = {}
    own = reasons()
    for line in project["dependencies"]:
        _follow(Requirement(line), "", own, found)
    return [found[name] for name in sorted(found)]


def _follow(wanted: Requirement, by: str, own: dict[str, str], found: dict[str, Package]) -> None:
    key = canonicalize_name(wanted.name)
    try:
        installed = distribution(wanted.name)
    except PackageNotFoundError:  # of another machine
        return
    name = str(installed.metadata["Name"])
    if key not in found:
        found[key] = Package(name, licence(installed), own.get(key) or f"needed by {by}")
    elif not wanted.extras:
        return
    for line in installed.requires or []:
        each = Requirement(line)
        extras = ("", *wanted.extras)
        if each.marker is None or any(each.marker.evaluate(MACHINE | {"extra": extra}) for extra in extras):
            _follow(each, name, own, found)


def licence(installed: Distribution) -> str:
    """Return the licence that a package states, as an SPDX expression where it does; else of its licence file."""
    told = installed.metadata.json
    classified = [c.rpartition(":: ")[2] for c in told.get("classifier", ()) if str(c).startswith("License :: OSI")]
    stated = str(told.get("license_expression") or told.get("license") or " AND ".join(sorted(classified)))
    return SPELLED.get(stated, stated) if stated else _of_file(installed)


def _of_file(installed: Distribution) -> str:
    files = [file for file in installed.files or [] if "LICEN" in file.name.upper()]
    text = " ".join(Path(str(files[0].locate())).read_text(encoding="utf-8").split()) if files else ""
    return "MIT" if "Permission is hereby granted, free of charge, to any person" in text else "unknown"


def table() -> str:
    """Return the packages as Markdown."""
    lines = [f"| {each.name} | {each.licence} | {each.why} |" for each in packages()]
    return "\n".join(["| package | licence | why |", "|---|---|---|", *lines, ""])


def written(page: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
