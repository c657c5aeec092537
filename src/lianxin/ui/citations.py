"""Where formulas and numbers come from, in the language of the page: the core cites in English, and its citations stand here."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Every citation of an indicator, of a parameter, and of a rate of the product file.
CITED = (
    _("trade sources 2.1, 2.2 (sales in every published scheme)"),
    _("trade sources 2.1"),
    _("trade sources 2.2 (growth), 2.10"),
    _("trade sources 2.2 (structure), 3.8"),
    _("trade sources 2.1 (key brand of the region), 2.10"),
    _("trade sources 3.9"),
    _("trade sources 2.1 (margin rate with target)"),
    _("trade sources 1.3 (订购率 in public code of the trade)"),
    _("trade sources 6.5 (others)"),
    _("YC/T 455.3-2013 (12), read for all products together; trade sources 6.5"),
    _("Exam bank of the trade; trade sources 6.5"),
    _("trade sources 1.3 (重购率 in public code of the trade)"),
    _("trade sources 3.6 (new-product window), 2.10 (placement of new brands)"),
    _("trade sources 1.4 (0.8 alert), 2.10; the leave-one-out form is ours"),
    _("trade sources 0.3, 3.4 (over 1,000 cartons a month)"),
    _("trade sources 6.5 (铺货率)"),
    _("YC/T 455.3-2013 (12) 单品牌动销率; trade sources 6.5"),
    _("trade sources 6.5 (单品牌动销率, exam bank)"),
    _("trade sources 2.1: key brands are named by each company; none is assumed."),
    _("Design default; set it to the company's own rule."),
    _("trade sources 3.6: new-product window in public code of the trade."),
    _("trade sources 3.6: 24 months for class 1-2."),
    _(
        "trade sources 1.4: Yunnan 135 alert uses 0.8; of which ratio was not clear in the excerpt, peers are our reading."
    ),
    _("trade sources 3.1: groups of tiers in public code of the trade."),
    _("trade sources 0.3, 3.4: a large retailer buys over 1,000 cartons a month."),
    _("trade sources 2.10 (service quality); the definition is ours"),
    _("trade sources 4.2 (hours and visits a day), 2.10 (attendance)"),
    _("trade sources 4.2 (every retailer at least once a month), 2.10 (place)"),
    _("trade sources 2.10 (place: not always the same few shops)"),
    _("trade sources 4.2, 4.4 (visit plan approved by the market manager)"),
    _("trade sources 4.2: at least five hours a day in the market"),
    _("trade sources 4.3 (look at the display), 2.10 (counter)"),
    _("trade sources 4.3 (same text for every retailer), 2.10 (written records)"),
    _("trade sources 4.5 (re-check); the weighting is Hájek's"),
    _("trade sources 4.5, 4.6 (rules for hollow visits)"),
    _("trade sources 6.2 (price labels), 4.4 (special-period checks)"),
    _("trade sources 4.6: one company's audit rules in public code of the trade."),
    _(
        "trade sources 4.6 names full-goods and panel retailers, 3.1 the groups of tiers: "
        "the highest group stands for what is not recorded."
    ),
    _(
        "trade sources 4.2: no tobacco source tells frequencies by type; "
        "none is assumed, tiers decide until you set entries."
    ),
    _("Published experience of geofences on phones calls 150 m the least that is reliable."),
    _(
        "Ours: a year lets a display be compared with the same season's; set it to the company's own rule. "
        "The law asks for as short as serves the purpose."
    ),
    _("Ours: a week, and never less than until the plan's last day; set it to the company's own rule."),
    _(
        "Ours: trade sources 4.2 has no norm of a visit's length; five hours and thirty visits a day leave ten minutes each, "
        "and this is about a third of it and three times it. Advice only: the lines of suspicion are in verifying."
    ),
    _("PLoS ONE 10.1371/journal.pone.0240526: honest answers by telephone differ from records in 9 to 16 %."),
    _("Calibrated on simulated clean notes; see the reference of verification."),
    _("Set on simulated honest months, at most one in a hundred; see the reference of verification."),
    _("trade sources 4.4: the diary is daily; the end of the same day is our reading."),
    _("trade sources 4.4: summary on Monday."),
    _("trade sources 4.4: summary to the market manager on the 1st."),
    _("Ours: an overdue promise is shown to the market manager at once and to the leader after these days."),
    _("trade sources 4.2: every retailer is visited in person at least once a month."),
    _("trade sources 4.2: no tobacco source tells frequencies by type; A, B and C customers are general knowledge."),
    _("trade sources 4.2: at least 30 visits a day in town, 25 in the country."),
    _("trade sources 4.3: a morning meeting at 08:00; half an hour for it is ours."),
    _(
        "trade sources 4.2: no norm of a visit's length; 5 hours in the market and 30 visits a day leave ten minutes each."
    ),
    _(
        "General knowledge of road detours and town speeds; set it to the company's own roads or configure a road engine."
    ),
    _("trade sources 3.7: retailers order once a week; that stock should last until the next order is our reading."),
    _("Makes a plan repeatable; any number does."),
    _("Bounds of position: only in working hours; the hours are ours, set them to the company's own."),
    _(
        "Published settings of comparable systems keep positions 90 days; the law asks for as short as serves the purpose."
    ),
    _("Texts of the company; none is assumed."),
    _("trade sources 4.2: at least five hours a day on the market; the window is ours."),
    _("Design default; set the topics to the company's own list."),
    _(
        "Design default: a promise beyond the manager's authority goes up first; which ones do is for the company to say."
    ),
    _(
        "Bounds of care notes: no family, health or religion; the list of words is ours and catches what is written openly."
    ),
    _("A judgement keeps its rationale (Fildes et al. 2009); the list is ours."),
    _("trade sources 3.6: slow is stock of 30 days or more and of 3 or more, in public code of the trade."),
    _(
        "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); "
        "variant B; slow as in trade sources 3.6"
    ),
    _("trade sources 1.2 (e): orders before caps, or sales; which one is a choice."),
    _(
        "With fewer than six periods even an outcome that always points one way is not rare enough (2 in 2 to the power of n)."
    ),
    _("Fildes et al. 2009 found that large and small adjustments differ; where to cut is ours."),
    _("trade sources 1.2 (d): share of products within a margin; the margin is ours."),
    _("Set on simulated honest managers; see the reference of judgement."),
    _("trade sources 1.2, variant A: set by the company; no public standard was found."),
    _(
        "trade sources 1.4: weights 6/5/4/3/3 of the expert-weighted forecast in the exam of the trade; the "
        "brand manager stands where the exam has the business manager, which is our reading."
    ),
    _("Benjamini & Hochberg 1995 name no level; one report in twenty is the usual one."),
    _("trade sources 3.2: classes of goods and their release methods, public code of the trade. A draw is ours."),
    _("trade sources 3.2: at least 40 % in the rule file of a release system; its interface description says 50 %."),
    _(
        "trade sources 3.7: one order a week, delivered two days after it; that a count of days 3 to 9 tells is our reading."
    ),
    _(
        "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); "
        "variant (c), the honest one"
    ),
    _(
        "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); "
        "variant (b), the flattering one"
    ),
    _("Gilliland 2010; the definition is the usual one"),
    _("Gilliland 2010; Fildes et al. 2009"),
    _("trade sources 1.4 (keep a trace of every layer); the definition is ours"),
    _("S1 (forecasts that merely repeat past sales); the measure is ours"),
    _("trade sources 1.2, 1.3 (销量 / 需求量 in public code of the trade)"),
    _("trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义)"),
    _("trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); reading (ii)"),
    _(
        "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); over-fulfilment capped"
    ),
    _(
        "trade sources 5.1, 1.2: mean of item scores on a scale of 100, weighted by dimension; set by the company, no public "
        "standard was found (公司自定，未见公开统一定义)"
    ),
    _(
        "trade sources 5.1: levels as 100, 80, 60, 40, 20, or linear from 0 to 100; set by the company, no public standard was "
        "found."
    ),
    _(
        "trade sources 5.1: the total is weighted by dimension; the weights are the company's. Not set: every dimension that "
        "the survey asks weighs the same."
    ),
    _("Ours: a survey speaks of the month in which it was held, and of no other unless the company says for how many."),
    _("trade sources 5.1: suppress a manager's score below a set minimum; which one is ours."),
    _("trade sources 1.2: per half-year agreement with a supplier, or per monthly contract; set by the company."),
    _("trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); reading (i)"),
)
_SECTION = re.compile(r"\btrade sources (?=\d)")


def cited(source: str) -> str:
    """The citation in words of the page; of one that is not among `CITED`, at least the name of the collection."""
    told = gettext(source) if source else ""
    return _SECTION.sub(f"{gettext('trade sources')} ", told) if told == source else told
