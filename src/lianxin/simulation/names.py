"""Pools from which invented people, towns and shops take their names."""

from collections.abc import Iterator

import numpy as np

_SURNAMES = (
    "陈李王张刘杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜"
    "范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚"
)
_GIVEN_FIRST = "志文建国明晓海春秋俊立永家子雨思若佳欣梦嘉慧丽秀玉美静雅云天宏伟振光庆德福成"
_GIVEN_SECOND = "强华芳敏娟霞玲燕涛波辉飞超勇斌亮杰峰龙林森清源宁安然怡婷萍琴兰珍梅莲菊英"

_TOWN_FIRST = "苇柳枫棠梧杏桑榆槐樟芦荻菱藕鹭雁鹳鲤渔舟帆橹矶滩洲汀浦渚濠溇坞垸"
_TOWN_SECOND = ("家坳", "叶湾", "子塘", "溪畈", "花埠", "林铺", "渡口", "家集")

# fmt: off
_LUCKY = (
    "顺发", "万顺", "福满", "聚源", "兴隆", "鑫旺", "祥和", "宏达", "永兴", "惠民",
    "佳佳", "天天", "好邻居", "千里香", "万家福", "同心", "如意", "吉庆", "长顺", "源丰",
    "富民", "春晖", "和美", "广源", "德兴", "金穗", "盛源", "小东", "老街口", "十字口",
    "桥头", "河边", "渡口", "望江", "新风", "东升", "四季", "百合", "常来", "家家乐",
    "喜洋洋", "客满", "江畔", "迎春", "阳光", "星辰", "七里", "八方", "九州", "双龙桥",
    "三岔口", "顺天", "泰和", "裕民", "万方", "隆兴", "平安", "团圆", "诚信", "仁和",
    "友邻", "兰亭",
)
_STREETS = (
    "沿江路", "渡口街", "学府路", "东风巷", "禾香路", "柳荫街", "码头路", "新建路", "河堤街", "集市街",
    "望江路", "粮站路", "桥南路", "文化巷", "卫生院路",
)
# fmt: on


def person_names(rng: np.random.Generator) -> Iterator[str]:
    """Names without repetition, so that no page shows two people who cannot be told apart."""
    seen: set[str] = set()
    while True:
        surname, first, second = (str(rng.choice(list(pool))) for pool in (_SURNAMES, _GIVEN_FIRST, _GIVEN_SECOND))
        name = surname + (second if rng.random() < 0.2 else first + second)
        if name not in seen:
            seen.add(name)
            yield name


def owner_names(rng: np.random.Generator, n: int) -> list[str]:
    """What shopkeepers are called by those who visit them: a surname and 老板."""
    return [f"{surname}老板" for surname in rng.choice(list(_SURNAMES), n)]


def town_names(rng: np.random.Generator) -> Iterator[str]:
    stems = [first + second for second in _TOWN_SECOND for first in _TOWN_FIRST]
    for position in rng.permutation(len(stems)):
        yield stems[position]


def shop_name(rng: np.random.Generator, ending: str) -> str:
    return str(_LUCKY[rng.integers(len(_LUCKY))]) + ending


def shop_address(rng: np.random.Generator, place: str) -> str:
    return f"{place}{_STREETS[rng.integers(len(_STREETS))]}{rng.integers(1, 320)}号"
