from django.urls import path

from lianxin.visits.screens import preparing, preparing_policies, visits

urlpatterns = [
    path("made/", visits.visits, name="visits"),
    path("made/about-me", visits.about_me, name="about_me"),
    path("made/about-me/consent", visits.consent_give, name="consent_give"),
    path("made/about-me/withdraw", visits.consent_withdraw, name="consent_withdraw"),
    path("made/photos/<str:photo_id>", visits.photo, name="photo"),
    path("made/<str:visit_id>/", visits.visit, name="visit"),
    path("preparing/", preparing.types, name="preparing"),
    path("preparing/types/usual", preparing.usual, name="type_usual"),
    path("preparing/types/new", preparing.new_type, name="type_new"),
    path("preparing/types/<int:pk>/", preparing.one_type, name="type"),
    path("preparing/types/<int:pk>/end", preparing.end_type, name="type_end"),
    path("preparing/types/<int:pk>/delete", preparing.delete_type, name="type_delete"),
    path("preparing/themes/", preparing.themes, name="themes"),
    path("preparing/themes/new", preparing.new_theme, name="theme_new"),
    path("preparing/themes/<int:pk>/", preparing.one_theme, name="theme"),
    path("preparing/questions/", preparing.questions, name="questions"),
    path("preparing/questions/new", preparing.new_question, name="question_new"),
    path("preparing/questions/<int:pk>/", preparing.one_question, name="question"),
    path("policies/", preparing_policies.policies, name="policies"),
    path("policies/new", preparing_policies.new_policy, name="policy_new"),
    path("policies/<int:pk>/", preparing_policies.policy, name="policy"),
]
