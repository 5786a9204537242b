"""The ids of the shell that tabs speak to: the one request store, the change that a control asks for, and the theme."""

from __future__ import annotations

from typing import Final

REQUEST: Final = "shell-request"
"""The store that holds the view. Tabs read it; only the shell writes it."""
CHANGE: Final = "shell-change"
"""The store where a tab's control puts what it wants changed, as fields of the request or the view."""
ASKED: Final = "shell-asked"
"""Every change that the shell has not answered yet, as one, with the number of the last; the page gathers them."""
ANSWERED: Final = "shell-answered"
"""The number of the last change that the shell has answered."""
WIRES: Final = "shell-wires"
"""The store that says of each control, by its id, which option or field it changes."""
THEME: Final = "shell-theme"
"""`light` or `dark`."""
PINS: Final = "shell-pins"
"""Where a tab says that something was kept or dropped: the shell then offers anew what there is."""
