"""Schemes and judgements on their pages: installed, changed, tried, adopted, judged."""

from datetime import date

import pytest
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion, Scorecard
from tests.appraisal import world as worlds
from tests.appraisal.adopting import adopted
from tests.appraisal.world import AT, MONTH

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("J3")
def test_a_scheme_is_installed_changed_consulted_and_adopted_by_pages(world, sign_in):
    client = sign_in(world, "人事")
    assert client.post(reverse("appraisal:install"), {"preset": "order_lines", "code": "a2022"}).status_code == 302
    version = SchemeVersion.objects.get()
    edit = reverse("appraisal:edit", args=[version.pk])
    page = client.get(edit)
    document = page.context["document"]

    bad = client.post(edit, {"document": document, "parts-0-points": "31", "step": "save"})
    checked = client.post(
        edit,
        {
            "document": document,
            "parts-0-points": "29",
            "parts-1-points": "21",
            "parts-1-curve-highest": "25",
            "step": "check",
        },
    )
    saved = client.post(edit, {"document": checked.context["document"], "step": "save", "note": "调整权重"})

    assert (page.status_code, bad.status_code, checked.status_code, saved.status_code) == (200, 422, 200, 302)
    assert "101" in bad.content.decode()
    version.refresh_from_db()
    assert [part["points"] for part in version.content["parts"][:2]] == [29, 21]
    consult = {"on": "2021-06-10", "who": "职工代表大会", "text": "同意"}
    assert client.post(reverse("appraisal:consult", args=[version.pk]), consult).status_code == 302
    adopt = {"noticed_on": "2021-06-20", "valid_from": "2021-07-01"}
    assert client.post(reverse("appraisal:adopt", args=[version.pk]), adopt).status_code == 403
    late = sign_in(world, "局长").post(
        reverse("appraisal:adopt", args=[version.pk]), {**adopt, "valid_from": "2021-06-01"}
    )
    assert late.status_code == 422
    assert client.post(reverse("appraisal:adopt", args=[version.pk]), adopt).status_code == 302
    assert client.get(reverse("appraisal:schemes")).status_code == 200
    version.refresh_from_db()
    assert (version.state, version.valid_from) == ("adopted", date(2021, 7, 1))


@pytest.mark.requirement("J3")
def test_a_new_draft_shows_its_difference_to_the_version_in_force(world, scheme, sign_in):
    client = sign_in(world, "人事")
    copied = client.post(reverse("appraisal:copy", args=[scheme.pk]))
    draft = SchemeVersion.objects.get(number=2)
    edit = reverse("appraisal:edit", args=[draft.pk])

    checked = client.post(
        edit,
        {
            "document": client.get(edit).context["document"],
            "parts-2-points": "15",
            "parts-0-points": "55",
            "step": "check",
        },
    )

    assert copied.status_code == 302
    assert [(change["before"], change["after"]) for change in checked.context["changes"]] == [
        ("50", "55"),
        ("20", "15"),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"parts-0-points": "many"}, "many"),
        ({"parts-0-kind": "step_table"}, ""),
        ({"parts-0-curve-cap": "0"}, ""),
        ({"title-zh": "改名"}, ""),
        ({"step": "add"}, ""),
        ({"parts-2-remove": "on"}, "80"),
    ],
)
def test_the_editor_draws_whatever_was_typed(world, scheme, sign_in, typed, told):
    draft = actions.draft(company=world.company, content=scheme.content, based_on=scheme, by=world.users["人事"], at=AT)
    edit = reverse("appraisal:edit", args=[draft.pk])
    client = sign_in(world, "人事")

    page = client.post(edit, {"document": client.get(edit).context["document"], "step": "check", **typed})

    assert page.status_code in (200, 422)
    assert told in page.content.decode()
    draft.refresh_from_db()
    assert draft.content == {**scheme.content, "version": 2}


def test_what_is_measured_of_the_company_alone_is_not_offered_and_stays_where_it_stands(world, scheme, sign_in):
    content = {**scheme.content, "parts": [{**part} for part in scheme.content["parts"]]}
    draft = actions.draft(company=world.company, content=content, based_on=scheme, by=world.users["人事"], at=AT)
    client = sign_in(world, "人事")
    offered = dict(client.get(reverse("appraisal:edit", args=[draft.pk])).context["indicators"])
    assert "satisfaction" in offered
    assert "supplier_fulfilment" not in offered

    draft.content["parts"][0]["indicator"] = "supplier_fulfilment"
    draft.save()
    page = client.get(reverse("appraisal:edit", args=[draft.pk]))
    assert page.context["unknown"] == ["supplier_fulfilment"]
    assert '<option value="indicator:supplier_fulfilment" selected>' in page.content.decode()


@pytest.mark.requirement("J3")
def test_gates_and_blocks_are_made_in_the_form(world, scheme, sign_in):
    draft = actions.draft(company=world.company, content=scheme.content, based_on=scheme, by=world.users["人事"], at=AT)
    edit = reverse("appraisal:edit", args=[draft.pk])
    client = sign_in(world, "人事")
    points = [part["points"] for part in scheme.content["parts"]]
    document = client.get(edit).context["document"]
    for step in ("add_block", "add_block", "add_gate"):
        page = client.post(edit, {"document": document, "step": step})
        document = page.context["document"]
    typed = {
        "blocks-0-code": "sales", "blocks-0-title-zh": "销售", "blocks-0-title-en": "Sales", "blocks-0-points": str(points[0]),
        "blocks-1-title-zh": "其他", "blocks-1-title-en": "Others", "blocks-1-points": str(100 - points[0]),
        "parts-0-block": "block_1",
        **{f"parts-{place}-block": "block_2" for place in range(1, len(points))},
        "gates-0-code": "coverage", "gates-0-title-zh": "订购率底线", "gates-0-title-en": "Least coverage",
        "gates-0-evidence": "indicator:order_coverage", "gates-0-threshold": "0.8", "gates-0-cap": "60",
        "gates-0-effect": "cap", "gates-0-enabled": "on",
    }  # fmt: skip

    faulty = client.post(edit, {"document": document, "step": "check", **typed, "gates-0-threshold": "much"})
    checked = client.post(edit, {"document": document, "step": "check", **typed})
    saved = client.post(edit, {"document": checked.context["document"], "step": "save"})

    assert (faulty.status_code, checked.status_code, saved.status_code) == (422, 200, 302)
    assert "much" in faulty.content.decode()
    draft.refresh_from_db()
    blocks, gate = draft.content["blocks"], draft.content["gates"][0]
    assert [(block["code"], block["points"]) for block in blocks] == [
        ("sales", points[0]),
        ("block_2", 100 - points[0]),
    ]
    assert [part["block"] for part in draft.content["parts"]] == ["sales"] + ["block_2"] * (len(points) - 1)
    assert (gate["code"], gate["indicator"], gate["threshold"], gate["effect"], gate["cap"], gate["enabled"]) == (
        "coverage", "order_coverage", 0.8, "cap", 60, True,
    )  # fmt: skip

    document = client.get(edit).context["document"]
    gone = {"blocks-0-remove": "on", "blocks-1-remove": "on", "gates-0-effect": "block", "gates-0-threshold": "0.8"}
    checked = client.post(edit, {"document": document, "step": "check", **gone})
    assert client.post(edit, {"document": checked.context["document"], "step": "save"}).status_code == 302
    draft.refresh_from_db()
    gate = draft.content["gates"][0]
    assert draft.content["blocks"] == []
    assert {part["block"] for part in draft.content["parts"]} == {None}
    assert (gate["effect"], gate["cap"], gate["enabled"]) == ("block", None, False)


@pytest.mark.requirement("J3")
def test_a_trial_page_shows_who_gains_and_who_loses(world, scheme, sign_in):
    content = worlds.scheme()
    content["parts"][0]["points"], content["parts"][1]["points"] = 60, 20
    content["parts"][1]["curve"]["highest"] = 24
    draft = actions.draft(company=world.company, content=content, by=world.users["人事"], at=AT)
    made = actions.run_trial(version=draft, by=world.users["人事"], at=AT)

    page = sign_in(world, "人事").get(reverse("appraisal:trial", args=[made.pk])).content.decode()

    assert page.count("<tr data-key") == 3
    assert sign_in(world, "王").get(reverse("appraisal:trial", args=[made.pk])).status_code == 403
    assert sign_in(world, "人事").post(reverse("appraisal:try", args=[draft.pk])).status_code == 302


@pytest.mark.requirement("J1")
def test_a_superior_judges_only_his_own_team(world, scheme, sign_in):
    url = reverse("appraisal:judge", args=[world.people["王"].pk, "attitude"]) + "?month=2021-12"
    client = sign_in(world, "南经理")

    assert client.get(reverse("appraisal:judgements"), {"month": "2021-12"}).content.decode().count("<tr data-key") == 2
    assert client.post(url, {"value": "101", "reason": "好"}).status_code == 422
    assert client.post(url, {"value": "90", "reason": ""}).status_code == 422
    assert client.post(url, {"value": "90", "reason": "每周例会均有记录"}).status_code == 302
    assert client.get(url).context["form"].initial == {"value": 90.0, "reason": "每周例会均有记录"}
    assert sign_in(world, "北经理").get(url).status_code == 404
    assert sign_in(world, "王").get(url).status_code == 403
    outcome = actions.close(company=world.company, month=MONTH, by=None, at=AT)
    parts = Scorecard.objects.get(closing=outcome.closing, person__employee_no="E1").parts
    assert parts.get(part="attitude").points_milli == 18_000


def test_adopted_schemes_show_to_everybody_inside(world, sign_in):
    version = adopted(world)

    for name in ("王", "南经理", "局长", "管理员"):
        assert sign_in(world, name).get(reverse("appraisal:scheme", args=[version.pk])).status_code == 200
