"""What lies on the desks of the demonstration today: theme, questions, a policy, promises, requests. All invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThemeText:
    title: str
    talking_points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionText:
    """`options` of a choice; without options it is answered with yes or no."""

    text: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyText:
    """`answers`: the first one is right."""

    title: str
    text: str
    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromiseText:
    """Made and due so many days from today (negative: before it); `kind` is one of the company's kinds of promises."""

    kind: str
    text: str
    made_days: int
    due_days: int


@dataclass(frozen=True, slots=True)
class RequestText:
    """Raised so many days from today; with an answer it waits for the retailer's word, without one for its owner's."""

    kind: str
    topic: str
    text: str
    raised_days: int
    answer: str = ""


@dataclass(frozen=True, slots=True)
class HintText:
    """A hint for the forecast, of a day of the month that lies `months` from the last one with orders (1: the one to come).

    `kind` is one of the kinds of hints. It holds for some days and was said `said_days` from its first day (negative: before).
    About the shown unit, or one of its shops; about every product, or the one that is ordered most. `change_share` None: nobody
    could say.
    """

    kind: str
    text: str
    months: int
    from_day: int
    days: int
    said_days: int
    change_share: float | None = None
    is_of_shop: bool = False
    is_of_product: bool = False


@dataclass(frozen=True, slots=True)
class Living:
    """A working day as it is found on opening the demonstration."""

    theme: ThemeText
    questions: tuple[QuestionText, ...]
    policy: PolicyText
    promises: tuple[PromiseText, ...]
    requests: tuple[RequestText, ...]
    day_on_note: str
    rules_title: str
    # Visits drawn for checks, by channel.
    checks: dict[str, int]
    # In which the system writes what it keeps, whatever the terminal speaks.
    language: str


LINJIANG_TODAY = Living(
    theme=ThemeText(
        "明码标价与新品陈列",
        (
            "价签一货一签，破损、缺失的当场补齐",
            "新品摆在视线平齐的第二层，与同价位品牌相邻",
            "提醒按需订货，避免整条积压",
        ),
    ),
    questions=(
        QuestionText("店内在售卷烟是否都有价签？"),
        QuestionText("近一周哪个价位段的顾客最多？", ("一类", "二类", "三类", "四类及以下")),
    ),
    policy=PolicyText(
        "货源投放公开查询",
        "每周的投放档位、品规和上限在网上订货平台“货源公开”栏公布，可用客户编码查询。对投放有疑问的，"
        "当面向客户经理提出，由市场部在七天内答复。",
        "本周能订哪些货、上限多少，在哪里查？",
        ("网上订货平台“货源公开”栏", "等客户经理电话通知", "只能到公司窗口查询"),
    ),
    promises=(
        PromiseText("service", "送价签二十张，帮着把缺的补齐", -6, 1),
        PromiseText("service", "带新的陈列图来，一起调整烟柜第二层", -4, 3),
        PromiseText("service", "问清楚松间雪什么时候到货再回话", -12, -3),
        PromiseText("display", "申请更换一组背柜", -1, 9),
    ),
    requests=(
        RequestText("problem", "送货服务", "送货常在天黑以后，赶不上开门，希望调早一些", -2),
        RequestText("question", "货源供应", "松间雪为什么这周没有投放？", -5, "本周货源偏紧，按档位分两批投放，您在下一批。"),
    ),
    day_on_note="演示：当天按工作日安排",
    rules_title="出厂规则",
    checks={"walk": 4, "spot": 4, "phone": 6},
    language="zh-hans",
)  # fmt: skip

LINJIANG_HINTS: tuple[HintText, ...] = (
    HintText("shortage", "到货晚了一周，多家店断货", -1, 8, 14, 12, is_of_product=True),
    HintText("opening", "开发区两家工厂停工检修，上下班的顾客少", 0, 6, 14, -10),
    HintText("festival", "元旦庙会，沿街店铺客流明显增加", 1, 1, 3, -7),
    HintText("closed", "店主说重新装修，停业两周", 1, 10, 14, -12, -1.0, is_of_shop=True),
)
