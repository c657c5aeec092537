"""Addresses of sign-in, password and second factor. There is no sign-up, no e-mail and no password reset from outside."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from lianxin.foundation.gate import for_anyone, for_signed_in
from lianxin.foundation.screens import shell

urlpatterns = [
    path("language/", shell.set_language, name="set_language"),
    path("login/", for_anyone(account.login), name="account_login"),
    path("logout/", for_signed_in(account.logout), name="account_logout"),
    path("password/", for_signed_in(account.password_change), name="account_change_password"),
    path("reauthenticate/", for_signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("2fa/", for_signed_in(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", for_anyone(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", for_signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", for_signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", for_signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", for_signed_in(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/codes/generate/", for_signed_in(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/codes/download/", for_signed_in(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
]
