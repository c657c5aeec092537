import polib
from tools.messages import told_apart


def entries(**words: str) -> dict[str, polib.POEntry]:
    return {msgid: polib.POEntry(msgid=msgid, msgstr=chinese) for msgid, chinese in words.items()}


def test_words_that_two_rooms_translate_differently_are_named_once_for_each_room() -> None:
    rooms = {
        "visits": entries(Ended="已停用", Draft="草稿"),
        "oversight": entries(Ended="已关闭", Draft="草稿"),
        "web": entries(Ended="已关闭"),
    }
    assert list(told_apart(rooms)) == [
        "'Ended' is '已关闭' in oversight and '已停用' in visits: "
        "use the same Chinese, or other English where another thing is meant"
    ]
