"""`/api/v1`: the parts of field work, each with its own router."""

from ninja import Router

from lianxin.visits.screens import (
    carenotes_api,
    followup_api,
    made_api,
    not_made_api,
    own_api,
    plan_api,
    plan_excuses_api,
    policies_api,
    preparing_api,
    records_api,
)

router = Router()
for part in (
    followup_api,
    records_api,
    plan_api,
    plan_excuses_api,
    made_api,
    not_made_api,
    carenotes_api,
    preparing_api,
    policies_api,
    own_api,
):
    router.add_router("", part.router)
