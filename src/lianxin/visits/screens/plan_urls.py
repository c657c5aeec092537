from django.urls import path

from lianxin.visits.screens import plan_covers, plan_excuses, plan_map, plan_reality, plan_steps, plan_urgent, plans

urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/make", plan_steps.make, name="plan_make"),
    path("plans/approvals", plans.approvals, name="plan_approvals"),
    path("plans/weather", plan_steps.weather, name="plan_weather"),
    path("plans/excuses/", plan_excuses.waiting, name="plan_excuses"),
    path("plans/excuses/<int:pk>/", plan_excuses.decide, name="plan_excuse"),
    path("plans/covers/", plan_covers.covers, name="covers"),
    path("plans/covers/<int:pk>/end", plan_covers.end, name="cover_end"),
    path("plans/visits/<str:planned_id>/", plans.why, name="planned_why"),
    path("plans/visits/<str:planned_id>/change", plan_steps.change, name="planned_change"),
    path("plans/visits/<str:planned_id>/not-made", plan_reality.say_why, name="planned_not_made"),
    path("plans/<str:cycle_id>/", plans.plan, name="plan"),
    path("plans/<str:cycle_id>/calendar", plans.calendar, name="plan_calendar"),
    path("plans/<str:cycle_id>/map", plan_map.plan_map, name="plan_map"),
    path("plans/<str:cycle_id>/map.json", plan_map.plan_map_data, name="plan_map_data"),
    path("plans/<str:cycle_id>/made", plan_reality.made, name="plan_made"),
    path("plans/<str:cycle_id>/adherence", plan_reality.adherence, name="plan_adherence"),
    path("plans/<str:cycle_id>/not-made", plan_reality.not_made, name="plan_not_made"),
    path("plans/<str:cycle_id>/unplaced", plans.unplaced, name="plan_unplaced"),
    path("plans/<str:cycle_id>/changes", plans.changes, name="plan_changes"),
    path("plans/<str:cycle_id>/propose", plan_steps.propose, name="plan_propose"),
    path("plans/<str:cycle_id>/approve", plan_steps.approve, name="plan_approve"),
    path("plans/<str:cycle_id>/return", plan_steps.give_back, name="plan_return"),
    path("plans/<str:cycle_id>/replan", plan_steps.replan, name="plan_replan"),
    path("plans/<str:cycle_id>/urgent", plan_urgent.urgent, name="plan_urgent"),
    path("plans/<str:cycle_id>/start", plan_steps.start, name="plan_start"),
]
