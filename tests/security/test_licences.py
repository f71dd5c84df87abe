"""Everything that is installed with the program is listed with its licence, and may be used as we use it."""

from __future__ import annotations

import pytest

from tests.security.licences import ALLOWED, PAGE, Package, packages, reasons, written


def test_the_page_lists_every_package() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m tests.security.licences"


def test_every_licence_is_one_that_we_allow() -> None:
    assert {each.name: each.licence for each in packages() if not each.parts <= ALLOWED} == {}


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "unknown", "Proprietary", "MIT AND SSPL-1.0"])
def test_another_licence_is_found(licence: str) -> None:
    assert not Package("x", licence, "").parts <= ALLOWED


def test_each_dependency_of_ours_has_its_own_reason() -> None:
    why = {each.name.lower().replace("_", "-"): each.why for each in packages()}
    assert {name: why.get(name) for name in reasons()} == reasons()
