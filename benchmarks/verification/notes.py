"""Notes of many hands: standing phrases of the company and of each writer, own words, and copies of three kinds."""

from __future__ import annotations

import re

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WHO = _words(
    "老板 老板娘 店主 店员 老王 小李 店主儿子 老张 对门邻居 收银员 女儿 帮工 房东 附近居民 工地师傅 一位老顾客 "
)
_WHAT = _words("说 反映 提到 抱怨 觉得 担心 希望 打听 问起 解释 承认 强调 透露 琢磨 盘算 建议 ")
_THING = _words(
    "细支烟 软包 硬盒 新品 中支 爆珠 低价烟 高价位 礼盒 陈列柜 价签 扫码枪 "
    "电子秤 库存 订单 送货时间 货款 小票机 监控 门头 货架 冰柜 饮料 散酒 学校 "
    "菜市场 工地 修路 拆迁 停电 广场舞 婚宴 庙会 农忙 返乡客 外卖员 快递点 "
    "麻将馆 早点摊 旁边超市 公交站 停车位 "
)
_HOW = _words(
    "走得慢 卖得快 断了两天 压了一些 没有摆出来 换了位置 积了灰 不太够 比上月好 "
    "比上月差 要再看看 下周再说 有人常来买 没人问 嫌贵 嫌淡 味道还行 包装好看 "
    "拿错了 记不清 刚补上 准备调整 影响生意 带来人气 多订了五条 少订了三条 想换一换 "
    "舍不得拆 送给亲戚了 退给仓库了 摆在门口 锁在柜里 "
)
_WHEN = _words("上午 中午 下班后 周末 昨天 前天 月初 月底 下雨那天 赶集日 放学时 开会前 送货后 雨停后 天热以后 节前 ")
_COMPANY = (
    "已宣传政策，客户表示理解",
    "提醒明码标价，签到正常",
    "核对库存，系统数据一致",
    "检查证照齐全，亮证经营",
    "告知本周货源投放情况",
    "未发现违规经营行为",
)
_OWN_PHRASES = (
    "今日拜访该户，店内整洁",
    "到店后先看陈列，再看库存",
    "客户态度热情，配合工作",
    "按照计划走访，客户在店",
    "店面营业正常，客流一般",
    "进店问好，随后盘点库存",
    "例行走访，了解近期销售",
    "和客户聊了近期生意",
    "本次拜访目的为了解动销",
    "陈列基本规范，稍作调整",
)


class Hand:
    """How one person writes: which phrases stand, how many own clauses follow, how often nothing is said."""

    def __init__(self, draws: np.random.Generator, richness: float) -> None:
        self.opening = [str(item) for item in draws.choice(_OWN_PHRASES, 2, replace=False)]
        self.closing = [str(item) for item in draws.choice(_COMPANY, 2, replace=False)]
        self.clauses = richness * draws.uniform(0.7, 1.3)
        self.brief = draws.uniform(0.02, 0.2)
        self.draws = draws

    def clause(self) -> str:
        draws = self.draws
        pick = [words[int(draws.integers(len(words)))] for words in (_WHEN, _WHO, _WHAT, _THING, _HOW, _THING, _HOW)]
        number = int(draws.integers(1, 60))
        forms = (
            f"{pick[0]}{pick[1]}{pick[2]}{pick[3]}{pick[4]}",
            f"{pick[3]}{pick[4]}，{pick[5]}{pick[6]}",
            f"{pick[1]}{pick[2]}{pick[3]}还有{number}条，{pick[6]}",
            f"{pick[5]}那边{pick[0]}{pick[6]}，约{number}人",
        )
        return forms[int(draws.integers(len(forms)))]

    def note(self) -> str:
        draws = self.draws
        if draws.random() < self.brief:
            return "" if draws.random() < 0.3 else str(draws.choice(["一切正常", "正常拜访，无异常", self.opening[0]]))
        n = max(1, int(draws.poisson(self.clauses)))
        own = "；".join(self.clause() for _ in range(n))
        return f"{self.opening[int(draws.random() < 0.3)]}。{own}。{self.closing[int(draws.random() < 0.4)]}。"


def edited(note: str, draws: np.random.Generator) -> str:
    """The note lightly changed: some words left out, added, or put in another place."""
    pieces = re.split("([。；])", note)
    for _ in range(int(draws.integers(1, 3))):
        place = 2 * int(draws.integers((len(pieces) + 1) // 2))
        piece, kind = pieces[place], int(draws.integers(4))
        if kind == 0 and len(piece) > 4:
            cut = int(draws.integers(len(piece) - 2))
            pieces[place] = piece[:cut] + piece[cut + 2 :]
        elif kind == 1:
            pieces[place] = piece + str(draws.choice(["，还可以", "，已记录", "，继续关注", "，下次再看"]))
        elif kind == 2:
            words = (_THING, _HOW, _WHO)[int(draws.integers(3))]
            for word in words:
                if word in piece:
                    pieces[place] = piece.replace(word, words[int(draws.integers(len(words)))], 1)
                    break
        else:
            pieces[place] = "".join(str((int(sign) + 3) % 10) if sign.isdigit() else sign for sign in piece)
    return "".join(pieces)
