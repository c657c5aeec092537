"""What the tables of the lake are called, wherever a page tells on which versions of them a figure rests."""

from django.utils.translation import gettext as _


def table_title(table: str) -> str:
    """What a table is called; its code where it has no name."""
    titles = {
        "order_lines": _("order line records"),
        "sales_monthly": _("sales by month"),
        "retailer_monthly": _("retailers by month"),
        "product_weekly": _("products by week"),
        "retailer_weekly": _("retailers by week"),
        "postings": _("posts"),
        "units": _("units"),
        "retailer_versions": _("retailer records"),
        "territories": _("territories"),
        "product_versions": _("products"),
        "targets": _("targets"),
        "parameters": _("parameters"),
        "scheme": _("scheme"),
        "judgements": _("judgements"),
        "formulas": _("formulas"),
        "planned_visits": _("call plans"),
        "visits": _("visits as made"),
        "promises": _("promises"),
        "price_tags": _("price tag counts"),
        "displays": _("display records"),
        "calendar_days": _("working calendar"),
        "days_off": _("days off"),
        "visit_verdicts": _("verification of visits"),
        "check_results": _("results of checks"),
        "stock_counts": _("stock counts"),
        "retail_prices": _("retail prices seen in visits"),
        "forecast_lines": _("lines of forecast rounds"),
        "forecast_versions": _("numbers entered in forecasts"),
        "forecast_outcomes": _("sales of forecast periods"),
        "forecast_evidence": _("evidence of forecasts"),
        "forecast_without": _("forecasts without collected information"),
        "forecast_submissions": _("submissions of forecasts"),
        "evidence_used": _("use of collected information"),
        "demand_agreements": _("demand agreements"),
        "surveyed_prices": _("retail prices found in surveys"),
        "supplier_agreements": _("agreements with suppliers"),
        "satisfaction_answers": _("answers of satisfaction surveys"),
    }
    return titles.get(table, table)
