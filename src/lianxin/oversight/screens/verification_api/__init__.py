"""Checks, rule sets, calibrations and verified months by API, each with its own router."""

from ninja import Router

from lianxin.oversight.screens.verification_api import calibrations, checks, months, rules

router = Router()
for part in (checks, rules, calibrations, months):
    router.add_router("", part.router)
