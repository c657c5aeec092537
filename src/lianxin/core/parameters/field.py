"""Numbers of visits as made and of the field app."""

from __future__ import annotations

from typing import Any, Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS = "Design default; set it to the company's own rule."
_RADIUS = "Published experience of geofences on phones calls 150 m the least that is reliable."
_HOURS = "Bounds of position: only in working hours; the hours are ours, set them to the company's own."
_KEEP = (
    "Published settings of comparable systems keep positions 90 days; the law asks for as short as serves the purpose."
)
_PHOTOS = (
    "Ours: a year lets a display be compared with the same season's; set it to the company's own rule. The law asks for as "
    "short as serves the purpose."
)
_NOT_MADE = "Ours: a week, and never less than until the plan's last day; set it to the company's own rule."
_LENGTH = (
    "Ours: trade sources 4.2 has no norm of a visit's length; five hours and thirty visits a day leave ten minutes each, and "
    "this is about a third of it and three times it. Advice only: the lines of suspicion are in verifying."
)
_WINDOW = "trade sources 4.2: at least five hours a day on the market; the window is ours."
_SHOWN = "Texts of the company; none is assumed."
_LEAVE = (
    "Design default: a promise beyond the manager's authority goes up first; which ones do is for the company to say."
)
_TOPICS = "Design default; set the topics to the company's own list."


def _field(
    name: str, default: Any, unit: str, source: str, mark: str, zh: str, en: str, low: float | None = None,
    high: float | None = None, kind: ParameterKind | None = None,
) -> Parameter:  # fmt: skip
    """A parameter of the field app; its kind follows from the default where it has one."""
    kinds = {
        int: ParameterKind.INTEGER,
        float: ParameterKind.NUMBER,
        str: ParameterKind.TEXT,
        tuple: ParameterKind.TEXTS,
    }
    return Parameter(f"field.{name}", kind or kinds[type(default)], default, unit, source, mark, zh, en, low, high)


FIELD: Final[tuple[Parameter, ...]] = (
    _field(
        "radius_metres",
        150,
        "metres",
        _RADIUS,
        "I",
        "签到范围半径（米）",
        "Metres around the shop that count as there",
        30,
        5000,
    ),
    _field(
        "fix_age_limit_seconds",
        120,
        "seconds",
        _OURS,
        "I",
        "签到可用定位时效（秒）",
        "Oldest fix that answers at a check-in",
        0,
        86400,
    ),
    _field(
        "position_from_hour",
        8.0,
        "hour",
        _HOURS,
        "I",
        "可记录位置的时段起（时）",
        "Hour from which positions are kept",
        0,
        24,
    ),
    _field(
        "position_until_hour",
        18.0,
        "hour",
        _HOURS,
        "I",
        "可记录位置的时段止（时）",
        "Hour until which positions are kept",
        0,
        24,
    ),
    _field("position_days", 90, "days", _KEEP, "I", "位置信息保存天数", "Days that positions are kept", 1, 3650),
    _field(
        "consent_purpose",
        None,
        "text",
        _SHOWN,
        "I",
        "位置授权的目的说明",
        "Purpose read before consent to positions",
        kind=ParameterKind.TEXT,
    ),
    _field(
        "auto_close_minutes",
        240,
        "minutes",
        _WINDOW,
        "I",
        "走访未签退自动结束（分）",
        "Minutes after which a forgotten visit closes itself",
        10,
        1440,
    ),
    _field(
        "visit_least_minutes",
        3,
        "minutes",
        _LENGTH,
        "I",
        "一般走访时长下限（分）",
        "Minutes that a visit usually takes at least",
        0,
        240,
    ),
    _field(
        "visit_most_minutes",
        30,
        "minutes",
        _LENGTH,
        "I",
        "一般走访时长上限（分）",
        "Minutes that a visit usually takes at most",
        1,
        480,
    ),
    _field(
        "not_made_days",
        7,
        "days",
        _NOT_MADE,
        "I",
        "未走访原因可补填天数",
        "Days after a planned visit in which it can be said why it was not made",
        1,
        60,
    ),
    _field(
        "photo_max_edge", 1600, "pixels", _OURS, "I", "照片最长边（像素）", "Longest edge of a photograph", 320, 4096
    ),
    _field("photo_quality", 0.7, "share", _OURS, "I", "照片压缩质量", "Quality of a photograph", 0.3, 1),
    _field(
        "photo_days",
        365,
        "days",
        _PHOTOS,
        "I",
        "照片文件保存天数",
        "Days that the files of photographs are kept",
        1,
        3650,
    ),
    _field(
        "photo_near_bits",
        5,
        "bits",
        _OURS,
        "I",
        "照片近似判定的差异位数",
        "Bits in which near-equal photographs may differ",
        0,
        16,
    ),
    _field(
        "clock_tolerance_seconds",
        300,
        "seconds",
        _OURS,
        "I",
        "手机时钟容差（秒）",
        "Seconds that a phone's clock may be wrong",
        0,
        3600,
    ),
    _field(
        "request_days", 7, "days", _OURS, "I", "零售客户诉求答复天数", "Days until a request is to be answered", 1, 90
    ),
    _field(
        "request_topics",
        ("货源供应", "网上订货", "送货服务", "价格与明码标价", "陈列与终端建设", "真假烟识别", "政策咨询", "其他"),
        "topics",
        _TOPICS,
        "I",
        "零售客户诉求的类别",
        "Topics of retailers' requests",
    ),
    _field(
        "promise_limits",
        (
            "service:服务承诺（上门和培训等）:",
            "display:陈列与终端支持:market_manager",
            "supply:货源方面的承诺:leader",
        ),
        "code:name:post",
        _LEAVE,
        "I",
        "承诺种类及须报批的岗位",
        "Kinds of promises and whose leave they need",
    ),
    _field(
        "stock_products",
        None,
        "product_code",
        _SHOWN,
        "I",
        "走访时盘点的品规",
        "Products counted in visits",
        kind=ParameterKind.TEXTS,
    ),
    _field(
        "care_note_days",
        365,
        "days",
        _OURS,
        "I",
        "客情备注最长保存天数",
        "Days that a care note may be kept at most",
        1,
        1095,
    ),
    _field(
        "care_note_words",
        (
            "生病",
            "住院",
            "癌",
            "残疾",
            "怀孕",
            "离婚",
            "信教",
            "宗教",
            "佛教",
            "基督",
            "回民",
            "子女",
            "老婆",
            "老公",
            "欠债",
        ),
        "words",
        "Bounds of care notes: no family, health or religion; the list of words is ours and catches what is written openly.",
        "I",
        "客情备注中不得出现的词",
        "Words that a care note may not contain",
    ),
)
