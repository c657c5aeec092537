from django.urls import path

from lianxin.supply.screens import favour, fit, gaming, lines, policies, products, round_steps, rounds, suppliers

app_name = "supply"
urlpatterns = [
    path("", rounds.round_list, name="rounds"),
    path("new/", round_steps.open_round, name="open"),
    path("rounds/<int:number>/", rounds.round_page, name="round"),
    path("rounds/<int:number>/close/", round_steps.close, name="close"),
    path("rounds/<int:number>/reopen/", round_steps.reopen, name="reopen"),
    path("rounds/<int:number>/preview/", round_steps.preview, name="preview"),
    path("rounds/<int:number>/commit/", round_steps.commit, name="commit"),
    path("rounds/<int:number>/publish/", round_steps.publish, name="publish"),
    path("rounds/<int:number>/withdraw/", round_steps.withdraw, name="withdraw"),
    path("rounds/<int:number>/managers/", rounds.managers, name="managers"),
    path("rounds/<int:number>/products/<int:product_id>/", products.product_page, name="product"),
    path("rounds/<int:number>/products/<int:product_id>/choose/", round_steps.choose, name="choose"),
    path("rounds/<int:number>/fit/", fit.fit_page, name="fit"),
    path("rounds/<int:number>/more/", gaming.gaming_page, name="gaming"),
    path("rounds/<int:number>/lines/", lines.line_list, name="lines"),
    path("rounds/<int:number>/lines/<int:product_id>/<int:retailer_id>/", lines.line_page, name="line"),
    path("changes/", lines.journal, name="changes"),
    path("changes/<str:change_id>/", lines.change_page, name="change"),
    path("changes/<str:change_id>/agree/", lines.agree, name="agree"),
    path("changes/<str:change_id>/refuse/", lines.refuse, name="refuse"),
    path("suppliers/", suppliers.agreements, name="supplier_agreements"),
    path("favour/", favour.overview, name="favour"),
    path("favour/<int:number>/", favour.run_page, name="favour_run"),
    path("favour/<int:number>/<int:pk>/", favour.finding_page, name="favour_finding"),
    path("policies/", policies.policy_list, name="policies"),
    path("policies/new/", policies.draft, name="draft_policy"),
    path("policies/<int:pk>/", policies.policy_page, name="policy"),
    path("policies/<int:pk>/publish/", policies.publish, name="publish_policy"),
    path("policies/<int:pk>/retire/", policies.retire, name="retire_policy"),
]
