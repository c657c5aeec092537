from django.urls import path

from lianxin.web.screens import account_steps, accounts, home, jobs, settings, tokens

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("home/panels/<slug:key>", home.panel, name="panel"),
    path("catalogue/", home.catalogue_page, name="catalogue"),
    path("me/", tokens.me, name="me"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/<int:pk>/revoke", tokens.revoke, name="token_revoke"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/progress", jobs.job_progress, name="job_progress"),
    path("jobs/<int:pk>/cancel", jobs.job_cancel, name="job_cancel"),
    path("system/users/", accounts.account_list, name="users"),
    path("system/users/new", accounts.new_account, name="user_new"),
    path("system/users/<int:pk>/", accounts.account, name="user"),
    path("system/users/<int:pk>/roles", account_steps.grant, name="user_grant"),
    path("system/users/<int:pk>/roles/revoke", account_steps.revoke, name="user_revoke"),
    path("system/users/<int:pk>/switch", account_steps.switch, name="user_switch"),
    path("system/users/<int:pk>/password", account_steps.reset_password, name="user_password"),
    path("system/users/<int:pk>/second-factor", account_steps.remove_second_factor, name="user_second_factor"),
    path("system/company/", settings.company_settings, name="company"),
    path("system/calendar/", settings.calendar, name="calendar"),
    path("system/calendar/remove", settings.calendar_remove, name="calendar_remove"),
    path("system/parameters/", settings.parameter_list, name="parameters"),
    path("system/parameters/<str:name>/", settings.parameter, name="parameter"),
    path("system/gallery/", home.gallery, name="gallery"),
    path("system/audit/", jobs.audit_list, name="audit"),
    path("system/audit/verify", jobs.audit_verify, name="audit_verify"),
    path("system/audit/<int:number>/", jobs.audit_row, name="audit_row"),
]
