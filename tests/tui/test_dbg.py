from tests.tui.conftest import *
from tests.tui.pilot import driving
async def test_x(store,path):
    async with driving(path) as ui:
            await ui.press("/"); await ui.write("#nlp"); await ui.press("ctrl+s"); await ui.write("language"); await ui.press("enter","escape","escape")
            ui.items.rail.focus()
            await ui.press("j", "j", "j", "enter")
            print(ui.items.rail.entries, ui.items.rail.cursor, ui.app.screen.focused)
            await ui.press("d")
            print(ui.app.screen, ui.toasts)
            print(ui.items.rail.entries, ui.items.rail.cursor, ui.app.screen.focused)
