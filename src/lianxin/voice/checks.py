"""What a file of a survey may not hold: anything by which an answer leads back to the retailer who gave it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.cells import plain
from lianxin.foundation.models import Company
from lianxin.retailers.models import Licence, RetailerVersion

# From this length on a number is nobody else's by chance; shorter ones must fill a good part of a column to be told from others.
LONG: Final = 8
_WHO: Final = (
    r"(?:零售|经营|卷烟|烟草|终端|被访|受访|答卷|填写|联系)?"
    r"(?:客户|户|户主|店|店铺|商店|门店|店主|商户|业主|经营者|负责人|法人|人|者)"
)
_WHAT: Final = r"(?:编码|代码|编号|序号|名称|姓名|名|号|地址|电话|手机|手机号|手机号码|电话号码|微信|微信号|身份证号?)"
_COLUMN: Final = re.compile(
    rf".*(?:许可证|专卖证|烟草证|身份证).*|{_WHO}(?:的)?{_WHAT}?|(?:店名|店招|字号|地址|详细地址|经营地址|电话|联系电话|手机|手机号|手机号码|"
    r"微信|微信号|经度|纬度|坐标|定位|位置|来自IP|IP|IP地址)",
    re.IGNORECASE,
)
_ENGLISH: Final = frozenset(
    [
        "licence",
        "license",
        "retailer",
        "shop",
        "store",
        "customer",
        "respondent",
        "owner",
        "outlet",
        "address",
        "phone",
        "telephone",
        "mobile",
        "wechat",
        "contact",
        "latitude",
        "longitude",
        "ip",
        "openid",
    ]
)
_MOST_WORDS: Final = 3


def tells_retailer(head: str) -> bool:
    """Whether a column with this name says who answered.

    A column that holds the answers to a question may speak of shops in a whole sentence.
    """
    written = re.sub(r"[\s_\-/.·()（）:：]+", " ", unicodedata.normalize("NFKC", head)).strip()
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written).lower().split()
    return _COLUMN.fullmatch(written.replace(" ", "")) is not None or (
        len(words) <= _MOST_WORDS and not _ENGLISH.isdisjoint(words)
    )


def refuse_columns(heads: Iterable[str]) -> None:
    """Refuse a file with a column by which a retailer can be known.

    Raises
    ------
    Refused : the sentence names the column and says why.
    """
    found = [head for head in heads if tells_retailer(head)]
    if found:
        raise Refused(
            _(
                "The column %(columns)s says which retailer answered. Answers must not lead back to the retailer, so that the "
                "whole file is refused and nothing of it is kept. Remove the column and bring the file again."
            )
            % {"columns": ", ".join(f"“{head}”" for head in found)},
            field="file",
        )


def refuse_values(company: Company, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Refuse a file with a column that holds licence numbers or names of retailers, whatever it is called.

    Raises
    ------
    Refused : the sentence names the column and repeats none of its values.
    """
    licences = set(Licence.objects.filter(company=company).values_list("licence_no", flat=True))
    names = set(RetailerVersion.objects.filter(retailer__company=company).values_list("name", flat=True))
    long = {one for one in licences | names if len(one) >= LONG}
    short = (licences | names) - long
    values: list[set[str]] = [set() for _column in head]
    for cells in rows:
        for place, cell in enumerate(cells[: len(head)]):
            values[place].add(unicodedata.normalize("NFKC", plain(cell)))
    for place, told in enumerate(values):
        told.discard("")
        # By chance a short number, such as that of a questionnaire, may be somebody's too; of a whole column it is not.
        if told & long or (len(told) >= 5 and len(told & short) * 2 > len(told)):
            raise Refused(
                _(
                    "The column “%(column)s” holds licence numbers or names of retailers. Answers must not lead back to the "
                    "retailer, so that the whole file is refused and nothing of it is kept. Give the questionnaires numbers of "
                    "their own."
                )
                % {"column": head[place]},
                field="file",
            )
