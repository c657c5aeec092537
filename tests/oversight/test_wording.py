"""What rules ask is said in the reader's language; what people wrote, and older questions, stay as they stand."""

from types import SimpleNamespace

import pytest
from django.utils import translation

from lianxin.core.verifying.rules import RULES
from lianxin.foundation.errors import Missing
from lianxin.oversight import wording
from lianxin.oversight.actions import flags, verifying
from lianxin.oversight.models import Flag, VisitVerdict
from lianxin.oversight.queries.flags import flag_visible
from tests.oversight.conftest import AT
from tests.reading import read_in, read_in_both

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G8")]
# Nothing in these is said in a language: a record with its days, and names of rules.
HOLDS_FACTS_ONLY = {"record.title", "rules.broken"}


@pytest.fixture
def asked(verified: SimpleNamespace) -> Flag:
    """A question about one visit, opened by an officer whose own page was English."""
    verdict = VisitVerdict.objects.get(run=verified.run, visit=verified.visit)
    VisitVerdict.objects.filter(pk=verdict.pk).update(rules={"far": "yes", "too_short": "yes"})
    verdict.refresh_from_db()
    with translation.override("en"):
        return verifying.ask_about(verdict=verdict, by=verified.officer.user, at=AT, on=AT.date())


def test_the_question_of_a_rule_is_read_in_either_language(verified: SimpleNamespace, asked: Flag) -> None:
    english, chinese = read_in_both(asked, verified.second.user)
    assert english.question == "How was the visit to 便民商店li0 on 2021-12-10 made?"
    assert chinese.question == "2021-12-10对便民商店li0的走访是怎样进行的？"
    assert english.evidence[0]["title"] == f"{RULES['far'].title_en}; {RULES['too_short'].title_en}"
    assert chinese.evidence[0]["title"] == f"{RULES['far'].title_zh}；{RULES['too_short'].title_zh}"
    # The column speaks the installation's language, whoever opened the question.
    assert asked.question == chinese.question


def test_older_questions_keep_the_words_they_were_opened_with(verified: SimpleNamespace, asked: Flag) -> None:
    plain = [{"title": "两次电话回访均否认", "text": "", "source": "第 1 号规则", "url": "/"}]
    Flag.objects.filter(pk=asked.pk).update(question="是怎么拜访的？", question_wording=None, evidence=plain)
    for language in ("en", "zh-hans"):
        told = read_in(language, asked, verified.second.user)
        assert (told.question, told.evidence) == ("是怎么拜访的？", plain)


def test_what_a_person_wrote_is_never_reworded(verified: SimpleNamespace) -> None:
    made = flags.open(
        company=verified.company, person=verified.li, rule="by_hand", question="Was he there? 100% sure?",
        evidence=[{"title": "%(month)s", "text": "", "source": "", "url": ""}], by=verified.officer.user, at=AT, on=AT.date(),
    )  # fmt: skip
    assert made.question_wording is None
    assert read_in("zh-hans", made, verified.second.user).question == "Was he there? 100% sure?"


@pytest.mark.parametrize(
    "stored",
    [
        {"key": "a key of a later release", "facts": {}},
        {"key": "visit.question", "facts": {"shop": "x"}},
        {"facts": {}},
    ],
)
def test_a_wording_that_cannot_be_said_leaves_the_kept_text(stored: dict[str, object]) -> None:
    assert wording.said_again(stored, "the kept text") == "the kept text"


def test_every_sentence_has_its_chinese() -> None:
    for key, sentence in wording.SENTENCES.items():
        with translation.override("en"):
            english = str(sentence)
        with translation.override("zh-hans"):
            assert (str(sentence) == english) == (key in HOLDS_FACTS_ONLY), key


@pytest.mark.parametrize(("language", "said"), [("en", "There is no such question."), ("zh-hans", "没有这条疑点。")])
def test_what_is_not_there_is_told_in_the_reader_s_language(
    verified: SimpleNamespace, language: str, said: str
) -> None:
    with translation.override(language), pytest.raises(Missing) as told:
        flag_visible(verified.officer.user, verified.company, "none", on=AT.date())
    assert told.value.message == said
