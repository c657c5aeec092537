"""What was promised and asked at the counter: promises with a day, questions and wishes with an office and an answer."""

import numpy as np
import pyarrow as pa

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.conduct import is_ghost
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.notes import Slots, filled, slots_of
from lianxin.simulation.fieldwork.rounds import REGULAR
from lianxin.simulation.fieldwork.tables import Fieldwork, dates, identifiers, instants, licences, texts

PROMISE_SHARE, REQUEST_SHARE = 0.04, 0.03
PROMISES = (
    "{d}天内送{p}价签{n}张",
    "{d}天内回复{p}能不能多投放{n}条",
    "帮忙协调退换破损的{q}{n}包",
    "下次带{p}的宣传折页{n}份",
    "{d}天内请人来修烟柜灯管",
    "问清楚{p}什么时候到货再回话",
    "教会用手机看{p}的销量",
    "带新的陈列图来，把{p}摆到第二层",
)
DUE_DAYS = np.array([3, 5, 7, 10, 14])
# Kind, topic, office, question, answer.
REQUESTS = (
    ("question", "货源供应", "营销中心", "{p}为什么这周没有投放？", "{p}本周按档位投放，您的档位{d}天后那一批有{n}条"),
    ("wish", "货源供应", "营销中心", "希望{p}每周能多给{n}条", "{p}货源偏紧，已记入下月需求，暂按现有上限供应"),
    ("question", "货源供应", "营销中心", "我的档位怎么降了，还能升回去吗？", "近期{p}、{q}订量下降所致，连续两期回升即可调整"),
    ("problem", "送货服务", "物流配送中心", "送货常在{t}以后，赶不上开门", "已把您调到前段线路，预计提前{n}刻钟"),
    ("problem", "送货服务", "物流配送中心", "{q}收货时破损{n}包", "核对扫码记录属实，下次送货补{n}包"),
    ("problem", "陈列与终端建设", "营销中心", "扫码枪扫{p}要{n}遍才认", "{d}天内安排维护人员上门，先用手机扫码"),
    ("wish", "陈列与终端建设", "营销中心", "想换一个大一点的烟柜", "已列入下季度更换名单，到货前电话联系"),
    ("question", "价格与明码标价", "营销中心", "隔壁卖{p}低{n}元，有没有人管？", "已走访提醒，明码标价巡查下周覆盖这条街"),
    ("question", "真假烟识别", "专卖监督管理科", "有{k}说{p}是假的，怎么辨？", "请看喷码与许可证对应，可到专卖所免费鉴别"),
    ("problem", "其他", "专卖监督管理科", "有人{t}骑摩托推销便宜烟", "线索已收到，专卖人员{d}天内到现场，谢谢您"),
)  # fmt: skip
OPEN, KEPT, NOT_KEPT = range(3)
PROMISE_STATES = ("open", "kept", "not_kept")
WAITING, ANSWERED, CONFIRMED, REOPENED = range(4)
REQUEST_STATES = ("open", "answered", "confirmed", "reopened")
_GIVEN_UP_DAYS = 14
# By then the last promise is given up and the last answer was heard.
_AFTERWARDS_DAYS = 60
# Where two share an office, the requests are shared by the shop.
_OFFICE_POSTS = {
    "营销中心": "brand_manager",
    "物流配送中心": "delivery_lead",
    "专卖监督管理科": "enforcement_officer",
}
_ANSWERED_SHARE, _SATISFIED_SHARE = 0.93, 0.86


def _chosen(work: Fieldwork, label: str, share: float) -> tuple[np.random.Generator, np.ndarray, Slots]:
    """Visits at which somebody truly spoke to somebody and something came of it."""
    rng = stream(work.ground.settings.seed, f"fieldwork {label}")
    talked = (work.rounds.kind == REGULAR) & ~is_ghost(work.conduct) & ~work.timeline.is_shut
    at = np.flatnonzero(talked & (rng.random(len(talked)) < share))
    return rng, at, slots_of(rng, work.ground, work.rounds.taken(at))


def _known_until(work: Fieldwork) -> int:
    """The last day of which the files know."""
    return int(work.ground.days[-1]) + (_AFTERWARDS_DAYS if work.ground.settings.is_long_over else 0)


def promises(work: Fieldwork) -> pa.Table:
    """Most promises are kept in time, some late, some never; managers differ. Empty where the files end before it."""
    rng, at, slots = _chosen(work, "promises", PROMISE_SHARE)
    day, second = work.rounds.day[at], work.timeline.check_out[at]
    manager, n, end = work.rounds.manager[at], len(at), _known_until(work)
    due = day + rng.choice(DUE_DAYS, n)
    reliable = rng.beta(9, 2, len(work.ground.staff.employee_no))[manager]
    coin = rng.random(n)
    in_time = day + 1 + (rng.random(n) * (due - day)).astype(np.int64)
    late = due + 1 + rng.geometric(0.2, n)
    kept = np.select([coin < reliable, coin < reliable + 0.6 * (1 - reliable)], [np.minimum(in_time, due), late], -1)
    kept = np.where(kept > end, -1, kept)
    # Some days after it was due, somebody writes down that it was not kept.
    given_up = (kept < 0) & (due + _GIVEN_UP_DAYS <= end)
    settled = np.where(given_up, due + _GIVEN_UP_DAYS, kept)
    state = np.where(kept >= 0, KEPT, np.where(given_up, NOT_KEPT, OPEN))
    variant = rng.integers(0, len(PROMISES), n)
    return pa.table(
        {
            "promise_id": identifiers(work.ground.settings.seed, "promises", day, second),
            "visit_id": work.visit_id.take(pa.array(at)),
            "retailer_id": licences(work.ground, work.rounds.retailer[at], day),
            "manager_id": pa.array(work.ground.staff.employee_no.tolist()).take(pa.array(manager)),
            "text": filled(PROMISES, variant, np.arange(n), slots),
            "made_at": instants(day, second),
            "due_on": dates(due),
            "kept_on": dates(kept, kept < 0),
            "state": texts(PROMISE_STATES, state),
            "settled_at": instants(np.maximum(settled, 0), np.full(n, 17 * 3600 + 1800), settled < 0),
        }
    )


def requests(work: Fieldwork) -> pa.Table:
    """From the question to the office, its answer, and whether the retailer says that it is settled."""
    rng, at, slots = _chosen(work, "requests", REQUEST_SHARE)
    day, second = work.rounds.day[at], work.timeline.check_out[at]
    n, end, over = len(at), _known_until(work), work.ground.settings.is_long_over
    which = rng.integers(0, len(REQUESTS), n)
    answered = day + 1 + np.minimum(rng.geometric(0.3, n), 25)
    answered = np.where(((rng.random(n) < _ANSWERED_SHARE) | over) & (answered <= end), answered, -1)
    asked_again = answered + rng.integers(1, 12, n)
    heard = (answered >= 0) & (asked_again <= end)
    satisfied = (rng.random(n) < _SATISFIED_SHARE) | over
    rows = np.arange(n)
    state = np.select([answered < 0, ~heard, satisfied], [WAITING, ANSWERED, CONFIRMED], REOPENED)
    kinds, topics, offices, questions, answers = (tuple(column) for column in zip(*REQUESTS, strict=True))
    answer = filled(answers, which, rows, slots)
    return pa.table(
        {
            "request_id": identifiers(work.ground.settings.seed, "requests", day, second),
            "visit_id": work.visit_id.take(pa.array(at)),
            "retailer_id": licences(work.ground, work.rounds.retailer[at], day),
            "manager_id": pa.array(work.ground.staff.employee_no.tolist()).take(pa.array(work.rounds.manager[at])),
            "kind": texts(kinds, which),
            "topic": texts(topics, which),
            "office": texts(offices, which),
            "owner": pa.array(_owners(work.ground, offices, which, work.rounds.retailer[at])),
            "text": filled(questions, which, rows, slots),
            "raised_at": instants(day, second),
            "answer": answer.take(pa.array(rows, mask=answered < 0)),
            "answered_at": instants(np.maximum(answered, 0), rng.integers(9 * 3600, 17 * 3600, n), answered < 0),
            "confirmed_at": instants(
                np.where(heard, asked_again, 0), rng.integers(9 * 3600, 17 * 3600, n), ~(heard & satisfied)
            ),
            "state": texts(REQUEST_STATES, state),
        }
    )


def _owners(ground: Ground, offices: tuple[str, ...], which: np.ndarray, retailer: np.ndarray) -> list[str]:
    """Who in the office answers for it."""
    staff = {
        office: [post.employee_no for post in ground.organisation.postings if (post.post, post.unit) == (kind, office)]
        for office, kind in _OFFICE_POSTS.items()
    }
    return [
        staff[offices[variant]][shop % len(staff[offices[variant]])]
        for variant, shop in zip(which.tolist(), retailer.tolist(), strict=True)
    ]
