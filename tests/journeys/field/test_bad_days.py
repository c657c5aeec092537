"""What goes wrong with phones and lines: nothing is lost and nothing is there twice."""

import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.journeys.field.conftest import FieldSite, Phone, Phones
from tests.journeys.field.line import Line

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("field-journeys"), pytest.mark.requirement("F1")]


def photo_at(path: Path, wide: int = 640) -> Path:
    Image.effect_noise((wide, wide * 3 // 4), 50).save(path, "JPEG", quality=60)
    return path


def visits_of(site: FieldSite, name: str) -> list[tuple[str, str]]:
    """Note and state of a manager's visits, in the order in which they arrived."""
    return site.rows(
        "SELECT v.note, v.state FROM visits_visit v JOIN people_person p ON p.id = v.person_id "
        f"WHERE p.name = '经理{name}' ORDER BY v.received_at, v.check_in_at"
    )


def arrive(phone: Phone, shop: int) -> None:
    phone.start(shop, "简短走访")
    phone.page.get_by_role("button", name="到店签到").click()
    expect(phone.page.locator("[data-answer=no_fix]")).to_contain_text("无定位")


def test_a_browser_killed_in_mid_visit_loses_nothing(
    browser: Browser, line: Line, field_site: FieldSite, tmp_path: Path
) -> None:
    # Given a browser with a profile of its own, in the middle of a visit
    executable = os.environ.get("LIANXIN_CHROMIUM") or browser.browser_type.executable_path

    def begin() -> tuple["subprocess.Popen[bytes]", Phone]:
        (tmp_path / "profile" / "DevToolsActivePort").unlink(missing_ok=True)
        process = subprocess.Popen(
            [executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
             f"--user-data-dir={tmp_path / 'profile'}", "--window-size=390,844", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        told = tmp_path / "profile" / "DevToolsActivePort"
        for _attempt in range(100):
            if told.exists() and told.read_text().count("\n"):
                break
            time.sleep(0.1)
        port = told.read_text().split()[0]
        context = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[0]
        context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": line.url}])
        return process, Phone(context, context.pages[0], line)

    def kill(process: "subprocess.Popen[bytes]") -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    process, phone = begin()
    try:
        phone.sign_in("killed")
        line.dead()
        arrive(phone, field_site.shops["killed"]["killed便民1号店"])
        phone.next("陈列")
        phone.page.set_input_files("input[type=file]", photo_at(tmp_path / "counter.jpg"))
        expect(phone.page.locator(".fd-photo")).to_have_count(1)
        phone.next("走访记录")
        phone.page.get_by_role("textbox").press_sequentially("店主说")
        phone.page.wait_for_timeout(50)
        # when it is killed and started again, still without a network
        kill(process)
        process, phone = begin()
        phone.open()
        # then the visit goes on where it was, with every letter and the photograph
        expect(phone.page.locator(".fd-next")).to_contain_text("正在走访：killed便民1号店")
        phone.page.get_by_role("link", name="继续走访").click()
        expect(phone.page.get_by_role("textbox")).to_have_value("店主说")
        phone.page.get_by_role("button", name="上一步").click()
        expect(phone.page.locator(".fd-photo")).to_have_count(1)
        phone.next("走访记录")
        phone.next("离店")
        phone.page.get_by_role("button", name="离店，结束走访").click()
        phone.unsent(2)
        # and when the network is back, it is sent; the killed browser may have forgotten the session, then he signs in first
        line.good()
        phone.sign_in("killed")
        phone.synchronise()
    finally:
        kill(process)
    assert visits_of(field_site, "killed") == [("店主说", "done")]


def test_retries_of_a_dead_or_broken_server_are_no_storm(phones: Phones, line: Line, field_site: FieldSite) -> None:
    phone = phones("storm")
    line.broken()
    phone.short_visit(field_site.shops["storm"]["storm便民1号店"], [], "风暴")
    before = len(line.asked)
    phone.open("outbox")
    # when the person presses again and again while the server breaks on everything
    for _press in range(8):
        phone.page.get_by_role("button", name="立即同步").click()
    expect(phone.page.locator(".fd-sync")).to_have_attribute("data-standing", "waiting", timeout=20_000)
    # then it is asked a few times, ever later, and the record stays
    assert 1 <= len(line.asked) - before <= 12
    expect(phone.page.locator(".fd-notices")).to_contain_text("稍后自动再试")
    expect(phone.page.locator("[data-state=pending]")).to_have_count(1)
    # and when the server is well again, it goes
    line.good()
    phone.synchronise()
    assert visits_of(field_site, "storm") == [("风暴", "done")]
    assert phone.faults == []


def test_wrong_clock_is_shown_and_both_times_are_kept(phones: Phones, line: Line, field_site: FieldSite) -> None:
    # Given a phone that is three hours slow
    phone = phones("clock")
    wrong = datetime.now(UTC) - timedelta(hours=3)
    phone.page.clock.install(time=wrong)
    phone.page.reload()
    phone.ready()
    phone.open("outbox")
    phone.page.get_by_role("button", name="立即同步").click()
    phone.page.clock.run_for(5_000)
    expect(phone.page.locator(".fd-notices")).to_contain_text("手机时间比服务器慢 180 分钟")
    # then today is still the company's day, and a visit carries the phone's own time beside the server's
    phone.short_visit(field_site.shops["clock"]["clock便民1号店"], [], "表慢")
    phone.page.clock.run_for(5_000)
    phone.open("outbox")
    phone.page.get_by_role("button", name="立即同步").click()
    phone.unsent(0)
    ((offset,),) = field_site.rows("SELECT clock_offset_seconds FROM visits_visit WHERE note = '表慢'")
    assert abs(offset - 3 * 3600) < 120
    assert phone.faults == []


def test_a_full_phone_says_so_and_goes_on(phones: Phones, line: Line, field_site: FieldSite, tmp_path: Path) -> None:
    phone = phones("quota")
    page = phone.page
    arrive(phone, field_site.shops["quota"]["quota便民1号店"])
    phone.next("陈列")
    # Given a phone without room for a photograph: its store refuses as a full one does (Chromium's own quota cannot be
    # made small from outside)
    page.evaluate(
        """() => {
          const add = IDBObjectStore.prototype.add
          window.room = () => { IDBObjectStore.prototype.add = add }
          IDBObjectStore.prototype.add = function (value, key) {
            if (value.bytes instanceof ArrayBuffer) throw new DOMException('full', 'QuotaExceededError')
            return add.call(this, value, key)
          }
        }"""
    )
    page.set_input_files("input[type=file]", photo_at(tmp_path / "large.jpg", 1200))
    # then the person is told what to do
    expect(page.get_by_role("alert")).to_contain_text("手机存储空间已满，这张照片没有保存")
    expect(page.locator(".fd-photo")).to_have_count(0)
    # when there is room again, then the visit goes on
    page.evaluate("window.room()")
    page.set_input_files("input[type=file]", photo_at(tmp_path / "again.jpg"))
    expect(page.locator(".fd-photo")).to_have_count(1)
    phone.next("走访记录")
    page.get_by_role("textbox").fill("满")
    phone.next("离店")
    page.get_by_role("button", name="离店，结束走访").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("今日走访")
    phone.synchronise()
    assert visits_of(field_site, "quota") == [("满", "done")]
    assert phone.faults == []


def test_sign_in_that_expires_without_a_network_keeps_everything(
    phones: Phones, line: Line, field_site: FieldSite, tmp_path: Path
) -> None:
    phone = phones("session")
    page = phone.page
    line.dead()
    phone.short_visit(field_site.shops["session"]["session便民1号店"], [photo_at(tmp_path / "a.jpg")], "过期")
    # Given a session that is gone when the network is back
    phone.context.clear_cookies()
    line.good()
    phone.open("outbox")
    page.get_by_role("button", name="立即同步").click()
    expect(page.locator(".fd-notices")).to_contain_text("登录已过期，数据都在手机上")
    phone.unsent(2)
    # when the person leaves anyway, then he is told first; after sign-in it goes on by itself
    phone.open("me")
    page.get_by_role("button", name="退出登录").click()
    expect(page.locator("main")).to_contain_text("还有 2 条没有发送")
    phone.sign_in("session")
    phone.unsent(0)
    assert visits_of(field_site, "session") == [("过期", "done")]
    assert phone.faults == []


def test_two_tabs_are_one_phone(phones: Phones, line: Line, field_site: FieldSite) -> None:
    phone = phones("tabs")
    other = Phone(phone.context, phone.context.new_page(), line)
    other.open()
    line.dead()
    # Given a visit that is begun in one tab
    arrive(phone, field_site.shops["tabs"]["tabs便民1号店"])
    # then the other one knows of it and does not begin a second
    expect(other.page.locator(".fd-next")).to_contain_text("正在走访：tabs便民1号店")
    other.open(f"begin/{field_site.shops['tabs']['tabs便民2号店']}/")
    other.page.get_by_role("button", name="开始走访").first.click()
    expect(other.page.locator(".fd-toast")).to_contain_text("一次只能走访一户")
    # when each writes a step and both end the visit
    phone.next("陈列")
    phone.page.get_by_role("textbox").fill("柜台整齐")
    other.open("visit/2")
    other.page.get_by_role("textbox").fill("两页")
    phone.open("visit/3")
    other.open("visit/3")
    for tab in (phone, other):
        tab.page.get_by_role("button", name="离店，结束走访").click()
        expect(tab.page.get_by_role("heading", level=1)).to_have_text("今日走访")
    # then one record waits, and only one tab sends it
    line.good()
    for tab in (phone, other):
        tab.open("outbox")
    for tab in (phone, other):
        tab.page.get_by_role("button", name="立即同步").click()
    for tab in (phone, other):
        tab.unsent(0)
    assert visits_of(field_site, "tabs") == [("两页", "done")]
    assert [asked for asked, fate in zip(line.asked, line.fates, strict=True) if fate == "through"].count(
        "POST push"
    ) == 1
    ((body,),) = field_site.rows(
        "SELECT a.body FROM visits_visitaction a JOIN visits_visit v ON v.id = a.visit_id "
        "WHERE v.note = '两页' AND a.kind = 'display'"
    )
    assert "柜台整齐" in str(body).encode().decode("unicode_escape") or "柜台整齐" in str(body)


def test_two_phones_of_one_manager(phones: Phones, line: Line, field_site: FieldSite, tmp_path: Path) -> None:
    # Given one manager with two phones, both without a network
    old, new = phones("phones"), phones("phones")
    line.dead()
    shops = field_site.shops["phones"]
    # when the old one makes a visit and promises are settled differently on both
    for phone, shop, answer in ((old, "phones便民1号店", "已兑现"), (new, "phones便民1号店", "没能兑现")):
        phone.start(shops[shop])
        phone.next("到店签到")
        phone.page.get_by_role("button", name="到店签到").click()
        expect(phone.page.locator("[data-answer]")).to_be_visible()
        phone.page.locator("summary", has_text="全部步骤").click()
        phone.page.locator(".fd-steps").get_by_role("link", name="承诺事项").click()
        phone.page.get_by_role("button", name=answer, exact=True).click()
        phone.page.locator("summary", has_text="全部步骤").click()
        phone.page.locator(".fd-steps").get_by_role("link", name="离店").click()
        phone.page.get_by_role("button", name="离店，结束走访").click()
        phone.unsent(2)
    # and the new one's queue travels to the old one as a file
    new.open("outbox")
    with new.page.expect_download() as waited:
        new.page.get_by_role("button", name="导出为文件").click()
    waited.value.save_as(tmp_path / "queue.json")
    line.good()
    old.synchronise()
    old.page.set_input_files("#fd-import", tmp_path / "queue.json")
    expect(old.page.locator(".fd-toast").last).to_contain_text("导入 2 条记录")
    # then both visits are there once; the second word on the promise is shown to the person, not lost and not taken over
    expect(old.page.locator("[data-state=conflict], [data-state=refused]")).to_have_count(1)
    old.page.locator("[data-state=conflict] a, [data-state=refused] a").click()
    expect(old.page.locator("main")).to_contain_text("原因")
    assert field_site.rows("SELECT state FROM visits_promise WHERE id = 'promise-phones'") == [("kept",)]
    new.open("outbox")
    new.page.get_by_role("button", name="立即同步").click()
    new.unsent(0)
    expect(new.page.locator("[data-state=conflict], [data-state=refused]")).to_have_count(1)
    assert len(visits_of(field_site, "phones")) == 2
    # when it has been read, it is discarded, and that can be taken back
    new.page.locator("[data-state=conflict] a, [data-state=refused] a").click()
    new.page.get_by_role("button", name="丢弃这一条").click()
    expect(new.page.get_by_role("button", name="撤销丢弃")).to_be_visible()
    assert old.faults + new.faults == []


def test_a_forgotten_visit_closes_itself_with_a_mark(phones: Phones, line: Line, field_site: FieldSite) -> None:
    phone = phones("dead")
    page = phone.page
    page.clock.install()
    page.reload()
    phone.ready()
    arrive(phone, field_site.shops["dead"]["dead便民1号店"])
    # when nobody touches it for a day, then it has ended by itself
    page.clock.fast_forward(24 * 3_600_000)
    expect(page.locator(".fd-toast").first).to_contain_text("已自动结束并注明")
    # The words may come before the record stands in the outbox, so "nothing unsent" alone would prove nothing.
    for _second in range(20):
        page.clock.run_for(1_000)
        if visits_of(field_site, "dead"):
            break
        page.wait_for_timeout(250)
    phone.unsent(0)
    assert visits_of(field_site, "dead") == [("", "closed_by_itself")]
    assert phone.faults == []


def test_cold_start_without_a_network(phones: Phones, line: Line) -> None:
    """The app opens from the phone alone on a slow one; the time is written down by the run, not asserted."""
    phone = phones("told")
    line.dead()
    page = phone.context.new_page()
    devtools = phone.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(line.url + "/field/")
    expect(page.locator(".fd-next")).to_be_visible()
    # The mark is set just after the screen is shown.
    page.wait_for_function("performance.getEntriesByName('lx-field-shown').length > 0")
    took = page.evaluate("performance.getEntriesByName('lx-field-shown')[0].startTime")
    print(f"cold start without a network, CPU throttled 4 times: {took:.0f} ms")
    assert took > 0
