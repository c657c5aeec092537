"""Accounts are made by the administrator or by an import of people; nobody signs up from outside."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoPublicSignUp(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
