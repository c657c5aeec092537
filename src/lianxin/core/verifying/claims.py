"""Plain counts that a record claims of its own period, and whether what was recorded bears them. Three answers.

Only what is written with its number and its unit is read ("走访32户", "盘点库存20户"). Plans, orders, what was left undone and sums
of other periods are passed over, and whatever else is not understood with certainty claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

YES, NO, CANNOT_TELL = "yes", "no", "cannot_tell"
VISITS, STOCK, TAGS, DISPLAY, PHOTOS = "visits", "stock_counts", "price_tags", "displays", "photos"
KINDS: Final = (VISITS, STOCK, TAGS, DISPLAY, PHOTOS)
DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
# A claim of one says too little, and "一家" means many things.
LEAST: Final = 2

_DIGITS: Final = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER: Final = r"(?P<n>\d{1,4}|[一二三四五六七八九十百两零〇]{1,6})"
_NEAR: Final = r"[^\d，。；、：:,;一二三四五六七八九十百]{0,8}?"
_SHOPS: Final = r"\s*(?:户|家)(?!庭|人)"
_DOES: Final[dict[str, tuple[str, ...]]] = {
    VISITS: (
        rf"(?:走访|拜访|上门服务){_NEAR}{_NUMBER}{_SHOPS}",
        rf"{_NUMBER}{_SHOPS}(?:客户|零售户|零售客户)?的?(?:走访|拜访)",
    ),
    STOCK: (rf"(?:盘点|盘库|清点库存|核对库存){_NEAR}{_NUMBER}{_SHOPS}",),
    TAGS: (rf"(?:检查|核对|更换|补齐|整理)[^\d，。；、]{{0,4}}(?:价签|明码标价){_NEAR}{_NUMBER}{_SHOPS}",),
    DISPLAY: (rf"(?:整理|维护|调整|检查)[^\d，。；、]{{0,4}}陈列{_NEAR}{_NUMBER}{_SHOPS}",),
    PHOTOS: (rf"(?:拍照|拍摄|拍了?|上传)(?:陈列|柜台|货架)?(?:照片|图片)?{_NEAR}{_NUMBER}\s*张",),
}
_PATTERNS: Final = {kind: tuple(re.compile(one) for one in several) for kind, several in _DOES.items()}
_BY_PLAN: Final = re.compile(r"(?:按照?|依照?|照)计划|计划内")
_AHEAD: Final = re.compile(
    r"明天|明日|后天|次日|下周|下月|下一步|下阶段|下步|计划|打算|准备|拟|将要|将|预计|目标|要求|任务|应当|应|需要|需|争取|力争|安排|不少于|至少|至多|不足"
)
_UNDONE: Final = re.compile(r"未|没|不|无|剩|余|欠|差|缺|漏")
_OTHERS: Final = re.compile(
    r"同事|他人|[王李张刘陈杨赵黄周吴徐孙]经理|市场经理|品牌经理|督察|稽查|专卖|配送|送货|工业|厂家|全市|全县|全区|全部门|团队|我部|市场部|大家|共同|一起"
)
_OTHER_PERIODS: Final = {
    DAILY: re.compile(r"昨|前天|上周|本周|这周|上月|本月|今年|去年|本年|累计|以来|合计"),
    WEEKLY: re.compile(r"上周|上月|本月|今年|去年|本年|累计|以来"),
    MONTHLY: re.compile(r"上月|今年|去年|本年|累计|以来|季度"),
}
_SENTENCE: Final = re.compile(r"[。；;！!？?\n]+")
_CLAUSE: Final = re.compile(r"[，,、]+")
_DONE_HEADING: Final = re.compile(r"^\W*(?:[一二三四五六七八九十]\W+)?(?:今日|今天|当日|本日|本周|本月)")


@dataclass(frozen=True)
class Claim:
    """A number of things done that a record claims, in the words in which it stands there."""

    kind: str
    n: int
    words: str


def claims(text: str, record_kind: str) -> list[Claim]:
    """The counts that a record claims for its own period, in the order in which they stand.

    Parameters
    ----------
    record_kind : daily, weekly or monthly

    Invariants
    ----------
    A sentence claims nothing from the first word on that speaks of plans, orders, others or another period.

    Examples
    --------
    >>> claims("今日走访32户，盘点库存二十户。明日计划走访30户。", "daily")
    [Claim(kind='visits', n=32, words='今日走访32户'), Claim(kind='stock_counts', n=20, words='盘点库存二十户')]
    """
    found: list[Claim] = []
    for clause in _told(text, _OTHER_PERIODS[record_kind]):
        for kind, patterns in _PATTERNS.items():
            numbers = [number_of(match["n"]) for pattern in patterns for match in pattern.finditer(clause)]
            found.extend(Claim(kind, n, clause) for n in numbers if n is not None and n >= LEAST)
    return found


def _told(text: str, elsewhere: re.Pattern[str]) -> Iterator[str]:
    """The clauses that say what was done in the period."""
    is_ahead = False
    for sentence in _SENTENCE.split(text):
        line = _BY_PLAN.sub("", sentence).strip()
        is_heading = len(line) <= 12 and not any(sign.isdigit() for sign in line)
        if is_heading and _AHEAD.search(line):
            is_ahead = True  # everything below it is a plan, until a heading says otherwise
        elif is_heading and _DONE_HEADING.search(line):
            is_ahead = False
        if is_ahead:
            continue
        for clause in _CLAUSE.split(line):
            if _AHEAD.search(clause) or elsewhere.search(clause) or _OTHERS.search(clause):
                break
            if not _UNDONE.search(clause):
                yield clause.strip()


def number_of(text: str) -> int | None:
    """The whole number that is written so, up to 9999; None for what is none.

    Examples
    --------
    >>> number_of("32"), number_of("三十二"), number_of("一百零五"), number_of("十"), number_of("百")
    (32, 32, 105, 10, None)
    """
    if text.isdecimal():
        return int(text)
    found = re.fullmatch(
        r"(?:([一二三四五六七八九两])百)?[零〇]?(?:([一二三四五六七八九])?(十))?([一二三四五六七八九两])?", text
    )
    if found is None or not text:
        return None
    hundreds, tens, ten, ones = found.groups()
    return (
        100 * _DIGITS.get(hundreds or "零", 0)
        + (10 * (_DIGITS[tens] if tens else 1) if ten else 0)
        + _DIGITS.get(ones or "零", 0)
    )


def answer(claimed: int, found: int, *, is_recorded: bool, least_share: float, n_untimed: int = 0) -> str:
    """Whether a claim lacks its evidence: yes, no, or nobody can tell.

    Parameters
    ----------
    found : how many were recorded for the writer in the period
    is_recorded : whether the company records such things at all
    n_untimed : how many the writer recorded of which nobody can tell when it was, and which may be of the period
    least_share : of the claim; from it on, short of the whole, nobody can tell: counts are rounded, a phone forgets
    """
    if found >= claimed:
        return NO
    if not is_recorded or found + n_untimed >= least_share * claimed:
        return CANNOT_TELL
    return YES
