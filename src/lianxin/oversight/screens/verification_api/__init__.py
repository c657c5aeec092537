"""Checks, rule sets and verified months by API, each with its own router."""

from ninja import Router

from lianxin.oversight.screens.verification_api import checks, months, rules

router = Router()
for part in (checks, rules, months):
    router.add_router("", part.router)
