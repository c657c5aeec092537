"""What was seen in the shops behind a sum, in words and columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.demand.queries.seen import Seen
from lianxin.ui import formats
from lianxin.ui.tables import Column

# By the names under which files and the API tell it.
NAMES = ("n_shops_counted", "n_shops_empty", "n_shops_priced", "price_change")


def told_seen(seen: Seen | None) -> dict[str, Any]:
    """The figures by their names, None where nothing is told: of no shop counted it is not said that none was empty."""
    if seen is None:
        return dict.fromkeys(NAMES)
    figures = (seen.n_counted, seen.n_empty if seen.n_counted else None, seen.n_priced, seen.change)
    return dict(zip(NAMES, figures, strict=True))


def seen_columns(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The columns of a table of sums; to be chosen only where nothing was seen in any of its shops."""
    is_any = any(row["n_shops_counted"] or row["n_shops_priced"] for row in rows)
    return [
        Column(key="n_shops_counted", title=_("Shops counted"), kind="number", shown=is_any),
        Column(key="n_shops_empty", title=_("of these with none left"), kind="number", shown=is_any),
        Column(key="n_shops_priced", title=_("Shops with a price"), kind="number", shown=is_any),
        Column(
            key="price_change",
            title=_("Middle price against the guide"),
            kind="change",
            good="none",
            shown=is_any,
            note=lambda row: _("too few shops") if row["price_change"] is None and row["n_shops_priced"] else None,
        ),
    ]


def seen_badges(seen: Seen | None) -> list[tuple[str, str]]:
    """What stands in a row of a sheet of sums, each with its sentence; nothing of too few."""
    if seen is None:
        return []
    badges = []
    if seen.n_counted:
        badges.append(_("none left in %(empty)d of %(n)d shops") % {"n": seen.n_counted, "empty": seen.n_empty})
    if seen.change is not None:
        badges.append(
            _("middle price %(change)s against the guide") % {"change": formats.share(seen.change, 1, signed=True)}
        )
    return list(zip(badges, seen_sentences(seen), strict=False))


def seen_sentences(seen: Seen | None) -> list[str]:
    """What was counted, and how prices stood, each in a sentence; nothing of what was not."""
    told: list[str] = []
    if seen is not None and seen.n_counted:
        told.append(
            ngettext(
                "%(n)d shop was counted; in %(empty)d none was left.",
                "%(n)d shops were counted; in %(empty)d none was left.",
                seen.n_counted,
            )
            % {"n": seen.n_counted, "empty": seen.n_empty}
        )
    if seen is not None and seen.change is not None:
        told.append(
            _("The middle price of %(n)d shops is %(change)s against the guide price.")
            % {"n": seen.n_priced, "change": formats.share(seen.change, 1, signed=True)}
        )
    elif seen is not None and seen.n_priced:
        told.append(
            ngettext(
                "A price was seen in %(n)d shop: too few for a middle price.",
                "Prices were seen in %(n)d shops: too few for a middle price.",
                seen.n_priced,
            )
            % {"n": seen.n_priced}
        )
    return told
