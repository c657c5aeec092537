"""A manager's phone in the field, in a real browser under the true content policy."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.field.conftest import FieldSite, Phone, Phones
from tests.journeys.field.line import Line
from tests.journeys.field.making import CENTRE

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("field-journeys")]


# Keeps what is drawn as text, and draws it.
STAMPS = """
window.stamped = []
const draw = CanvasRenderingContext2D.prototype.fillText
CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
  window.stamped.push(text)
  return draw.call(this, text, ...more)
}
"""


def complaints(phone: Phone, where: str) -> list[str]:
    """What is wrong with a screen, in words."""
    said = [f"{where}: the browser says: {fault}" for fault in phone.faults]
    phone.faults.clear()
    wide = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        said.append(f"{where}: {wide} px wider than the screen")
    if phone.page.locator("h1").count() != 1:
        said.append(f"{where}: {phone.page.locator('h1').count()} main headings")
    for fault in Axe().run(phone.page).response["violations"]:
        if fault["impact"] in ("serious", "critical"):
            said.append(f"{where}: {fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:160]}")
    return said


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("camera") / "counter.jpg"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(path, "JPEG", quality=70)
    return path


@pytest.mark.requirement("F1", "F2", "F3", "F7", "F8", "F9")
def test_a_whole_visit_without_a_network_arrives_once(
    phones: Phones, line: Line, field_site: FieldSite, picture: Path
) -> None:
    # Given a phone that was in the office this morning, where its owner agreed to positions
    latitude, longitude = CENTRE
    place = {"latitude": latitude, "longitude": longitude, "accuracy": 20}
    phone = phones("day", geolocation=place, permissions=["geolocation"])
    page = phone.page
    shop = field_site.shops["day"]["day便民1号店"]
    said = complaints(phone, "today")
    page.get_by_role("link", name="看说明").click()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("今日走访")
    field_site.await_rows(
        "SELECT 1 FROM visits_positionconsent JOIN people_person ON people_person.id = person_id WHERE name = '经理day'"
    )
    phone.unsent(0)
    # when the village has no signal and the app is opened anew, with an ear at what is written onto pictures
    page.add_init_script(STAMPS)
    line.dead()
    page.reload()
    phone.ready()
    # then today's route and why each shop is on it are there
    expect(page.get_by_role("heading", level=1)).to_have_text("今日走访")
    expect(page.locator(".fd-next")).to_contain_text("day便民1号店")
    expect(page.locator(".fd-next")).to_contain_text("增长水平为同类客户的 79%")
    expect(page.locator(".fd-next")).to_contain_text("忙时")
    expect(page.locator("ol.fd-stops").first.locator("li")).to_have_count(3)
    page.locator("details summary").click()
    expect(page.locator("details ol li")).to_have_count(1)
    # when the visit is made, step by step
    phone.start(shop)
    said += complaints(phone, "theme")
    page.get_by_label("新品上柜位置").check()
    phone.next("到店签到")
    page.get_by_role("button", name="到店签到").click()
    expect(page.locator("[data-answer=confirmed]")).to_contain_text("已确认在店")
    expect(page.locator("main")).to_contain_text("不作证明")
    said += complaints(phone, "check-in")
    phone.next("盘点库存")
    page.get_by_role("searchbox").fill("黄山")
    page.get_by_label("黄山（红方印）", exact=True).fill("12")
    expect(page.locator("main")).to_contain_text("已盘 1 个品规")
    price = page.get_by_label("实际零售价（¥/条）")
    price.fill("25.5")
    expect(page.locator("main")).to_contain_text("与零售指导价 260 相差太大")
    price.fill("25x")
    expect(page.locator("main")).to_contain_text("这不是金额")
    price.fill("255.5")
    expect(page.locator("main")).not_to_contain_text("相差太大")
    said += complaints(phone, "stock")
    phone.next("明码标价")
    for label, number in (("近期订购的品规", "10"), ("其中已上柜的品规", "9"), ("其中明码标价的品规", "8")):
        page.get_by_label(label, exact=True).fill(number)
    phone.next("陈列")
    page.evaluate("window.stamped = []")
    page.set_input_files("input[type=file]", picture)
    expect(page.locator(".fd-photo")).to_have_count(1)
    stamped = page.evaluate("window.stamped")
    assert stamped[1:] == ["day便民1号店 · 已确认在店", "经理day E000"]
    assert not [text for text in stamped if str(latitude) in text or str(longitude) in text]
    said += complaints(phone, "display")
    phone.next("市场秩序")
    page.get_by_label("没有发现问题").check()
    phone.next("今日一问")
    page.get_by_label("是", exact=True).check()
    phone.next("政策宣讲")
    page.get_by_role("button", name="已讲给客户").click()
    page.get_by_label("提前一天").check()
    said += complaints(phone, "policy")
    phone.next("诉求与建议")
    page.get_by_role("button", name="客户认可").click()
    page.locator("summary", has_text="记一项诉求或建议").click()
    page.get_by_label("客户怎么说").fill("想要一块新的价签板")
    page.get_by_role("button", name="保存").click()
    said += complaints(phone, "requests")
    phone.next("承诺事项")
    page.get_by_role("button", name="已兑现", exact=True).click()
    phone.next("走访记录")
    page.get_by_role("textbox").fill("谈了元旦备货，店主愿意多摆两个规格。")
    phone.next("离店")
    expect(page.locator("main")).to_contain_text("该做的都做了")
    # A visit of seconds is shorter than usual: the app says so and holds nobody up.
    expect(page.locator("[data-length=shorter]")).to_contain_text("比一般走访短")
    said += complaints(phone, "check-out")
    page.get_by_role("button", name="离店，结束走访").click()
    expect(page.locator("ol.fd-stops").first.locator("li").first).to_contain_text("已走访")
    # and a care note is written at the shop
    phone.open(f"retailer/{shop}")
    page.locator("summary", has_text="添加客情备注").click()
    expect(page.locator("main")).to_contain_text("不写家庭、健康、宗教信仰")
    page.get_by_label("内容").fill("下午两点后有空")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("待发送")
    said += complaints(phone, "retailer")
    # then everything waits on the phone, record by record: visit, policy, confirmation, request, promise, note, and the photo
    phone.open("outbox")
    phone.unsent(7)
    expect(page.locator("[data-state=pending]")).to_have_count(7)
    said += complaints(phone, "outbox")
    # when the line is back, then it arrives once
    line.good()
    phone.synchronise()
    expect(page.locator("[data-state=sent]")).to_have_count(7)
    assert field_site.rows(
        f"SELECT place_answer, state, n_answers, note FROM visits_visit WHERE retailer_id = {shop}"
    ) == [("confirmed", "done", 1, "谈了元旦备货，店主愿意多摆两个规格。")]
    ((counted,),) = field_site.rows(
        "SELECT body FROM visits_visitaction a JOIN visits_visit v ON v.id = a.visit_id "
        f"WHERE a.kind = 'stock_count' AND v.retailer_id = {shop}"
    )
    (counted_line,) = (counted if isinstance(counted, dict) else json.loads(counted))["lines"]
    assert (counted_line["units"], counted_line["price_fen"]) == (12, 25_550)
    assert field_site.rows("SELECT state FROM visits_promise WHERE id = 'promise-day'") == [("kept",)]
    assert field_site.rows("SELECT state FROM visits_request WHERE id = 'request-day'") == [("confirmed",)]
    assert field_site.rows(f"SELECT text FROM visits_carenote WHERE retailer_id = {shop}") == [("下午两点后有空",)]
    ((understood,),) = field_site.rows(f"SELECT understood FROM visits_policytold WHERE retailer_id = {shop}")
    assert bool(understood)
    ((size, width),) = field_site.rows(
        "SELECT p.n_bytes, p.width FROM visits_photo p JOIN visits_visit v ON v.id = p.visit_id_said "
        f"WHERE v.retailer_id = {shop}"
    )
    assert 0 < size < 2_000_000
    assert width <= 1600
    for path in ("retailers", "me", "consent", "map"):
        phone.open(path)
        said += complaints(phone, path)
    assert said == []


@pytest.mark.requirement("F1", "G2")
def test_why_yesterdays_visits_were_not_made_is_said_without_a_network(
    phones: Phones, line: Line, field_site: FieldSite
) -> None:
    # Given a manager who did not make two of yesterday's visits, and no network
    phone = phones("unmade")
    page = phone.page
    expect(page.locator("main")).to_contain_text("计划内没有走访：2 户")
    said = complaints(phone, "today")
    line.dead()
    # when he says why of the first, after leaving out what must be said
    page.get_by_role("link", name="unmade便民1号店").filter(has_text="说明原因").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("没有走访的原因")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择原因")
    page.get_by_label("没有走访的原因").select_option("other")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明原因")
    page.get_by_label("情况说明（可不填）").fill("修路，进不去")
    said += complaints(phone, "why")
    page.get_by_role("button", name="保存").click()
    # then it waits on the phone and is asked for no more
    expect(page.locator("main")).to_contain_text("计划内没有走访：1 户")
    phone.unsent(1)
    # and once there is a network it arrives once
    line.good()
    phone.synchronise()
    assert field_site.rows("SELECT planned_id, reason, words FROM visits_notmade") == [
        ("yesterday-0", "other", "修路，进不去")
    ]
    phone.open("")
    expect(page.locator("main")).to_contain_text("计划内没有走访：1 户")
    assert said == []


@pytest.mark.requirement("F1")
def test_a_day_of_thirty_visits_over_a_bad_line(
    phones: Phones, line: Line, field_site: FieldSite, tmp_path: Path
) -> None:
    # Given a day without a network: thirty visits and sixty photographs
    phone = phones("walker")
    line.dead()
    shops = field_site.shops["walker"]
    for n, shop in enumerate(shops.values()):
        photos = []
        for side in "ab":
            path = tmp_path / f"{n}{side}.jpg"
            Image.effect_noise((640, 480), 20 + n).save(path, "JPEG", quality=60)
            photos.append(path)
        phone.short_visit(shop, photos, f"第 {n + 1} 户")
    phone.unsent(90)
    # when every third request fails, before or after it arrived
    line.every_third_fails()
    phone.synchronise(within=60_000)
    # then nothing is lost and nothing is there twice
    assert line.fates.count("lost") > 10
    assert line.fates.count("dropped") > 10
    ids = ",".join(str(pk) for pk in shops.values())
    visits = field_site.rows(f"SELECT note FROM visits_visit WHERE retailer_id IN ({ids}) ORDER BY check_in_at")
    assert visits == [(f"第 {n + 1} 户",) for n in range(30)]
    n_photos = field_site.rows(
        "SELECT count(*), count(DISTINCT p.sha256) FROM visits_photo p JOIN visits_visit v ON v.id = p.visit_id_said "
        f"WHERE v.retailer_id IN ({ids})"
    )
    assert n_photos == [(60, 60)]
    pushed = (
        "SELECT count(*) FROM field_pushed p JOIN foundation_user u ON u.id = p.user_id WHERE u.username = 'walker'"
    )
    assert field_site.rows(pushed) == [(30,)]
    assert phone.faults == []
