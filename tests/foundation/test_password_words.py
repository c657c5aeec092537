"""What is asked of a password is said as the house speaks to people: 您, in the validators, the forms and their page."""

import pytest
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import get_default_password_validators, password_validators_help_texts
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "polite"), [("zh-hans", "您"), ("zh-hant", "您")])
def test_hints_about_passwords_say_you_politely(language: str, polite: str) -> None:
    with translation.override(language):
        hints = password_validators_help_texts()
        old = str(PasswordChangeForm.error_messages["password_incorrect"])
    assert len(hints) == len(get_default_password_validators()) == 3
    assert [text for text in [*hints, old] if polite not in text or "你" in text] == []


def test_the_page_on_which_one_changes_it_says_so_too(company: Company) -> None:
    user = factories.user(company, Role.LEADER)
    user.set_password("an-old-long-password")
    user.language = "zh-hans"
    user.save()
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(user)
    page = client.get(reverse("account_change_password")).content.decode()
    assert "您的密码至少要有 10 个字符。" in page
    assert "你" not in page
    wrong = {"oldpassword": "an-old-long-password", "password1": "1234567", "password2": "1234567"}
    assert "你" not in client.post(reverse("account_change_password"), wrong).content.decode()
