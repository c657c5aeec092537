"""What the core and the engine say is wrong, in the language of who reads: they themselves know no language but English."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.errors import CoreError

SENTENCES: Final[dict[str, str | Promise]] = {
    "policy_name": gettext_lazy("A policy has no %(names)s; it may name %(known)s."),
    "split_alone": gettext_lazy("A policy with split needs attributes: name the columns whose values split names."),
    "weights_fall": gettext_lazy(
        "Under tier_quota a higher tier never gets less, but tier %(higher)s weighs less than tier "
        "%(lower)s; a tier that is not named weighs 1. Write weights that do not fall."
    ),
    "rule": gettext_lazy("The rule is %(value)s; write one of %(known)s."),
    "seed_text": gettext_lazy("The seed is %(value)s; write it as a text in quotes."),
    "seed_missing": gettext_lazy("A lottery needs a seed, or else nobody can repeat the draw; write any text."),
    "lot_units": gettext_lazy("lot_units is %(value)s; write a whole number from 1 on."),
    "only_selected": gettext_lazy("only_selected is %(value)s; write true or false."),
    "weights_table": gettext_lazy('weights is %(value)s; write a table such as "30" = 3.0.'),
    "tier": gettext_lazy("weights names the tier %(value)s; tiers are 1 to 30."),
    "weight": gettext_lazy("The weight of tier %(name)s is %(value)s; write a number above 0, at most %(most)s."),
    "part": gettext_lazy("The part of %(name)s is %(value)s; write a number above 0, at most %(most)s."),
    "attributes_list": gettext_lazy("attributes is %(value)s; write a list of one or two column names."),
    "attributes_number": gettext_lazy("attributes names %(names)s; one or two different columns are allowed."),
    "attributes_taken": gettext_lazy(
        "attributes names %(name)s, which is no attribute of a retailer; name another column."
    ),
    "attributes_rule": gettext_lazy("attributes divide a tier_quota only; leave them out under %(rule)s."),
    "split_table": gettext_lazy('split is %(value)s; write a table such as "城网" = 0.6.'),
    "columns_missing": gettext_lazy("The %(table)s lack the column(s) %(names)s; needed are %(needed)s."),
    "column_type": gettext_lazy("Column %(name)s of the %(table)s is %(kind)s; it must be %(wanted)s."),
    "column_taken": gettext_lazy("The requests have %(names)s, which the result needs; rename it."),
    "column_twice": gettext_lazy("The requests have %(names)s: two columns of one name; rename one."),
    "column_of_policy": gettext_lazy(
        "The policy needs the column %(name)s of type %(wanted)s in the requests; add it."
    ),
    "factor": gettext_lazy("Asking for more means a factor of at least 1 and not fewer units; write such numbers."),
    "round_at_fault": gettext_lazy("The round has %(n)s faults, the first one %(reason)s; mend them first."),
    "favour_alike": gettext_lazy("alike is %(value)s; it must be one of %(known)s."),
    "favour_correction": gettext_lazy("Parameter favour.correction is %(value)s; it must be one of %(known)s."),
    "file_missing": gettext_lazy("There is no file %(file)s."),
    "file_ending": gettext_lazy("%(file)s ends in neither .csv nor .parquet."),
    "file_encoding": gettext_lazy("%(file)s is neither UTF-8 nor GB18030. Save it as CSV UTF-8."),
    "file_empty": gettext_lazy("%(file)s is empty; it needs a line with the names of its columns."),
    "file_unreadable": gettext_lazy("%(file)s cannot be read: %(fault)s"),
    "heads_twice": gettext_lazy("%(file)s has two columns of one name; its first row names each column once."),
    "heads_missing": gettext_lazy("%(file)s lacks the column(s) %(names)s; needed are %(needed)s."),
    "key_missing": gettext_lazy("%(file)s lacks the key column(s) %(names)s."),
    "head_kind": gettext_lazy("Column %(name)s of %(file)s is of the type %(kind)s; it cannot be read as %(wanted)s."),
    "batch_known": gettext_lazy("Batch %(batch)s is already in the lake; undo it first."),
}


def said(fault: CoreError, **better: Any) -> str:
    """The sentence of a fault in the active language.

    Parameters
    ----------
    better : what the sentence names, where a page has better words for it than the core
    """
    if fault.code not in SENTENCES:
        # English, because nobody translated it: it is marked as what another said.
        return _("the computation says “%(fault)s”") % {"fault": fault}
    return str(SENTENCES[fault.code]) % {**fault.told, **better}
