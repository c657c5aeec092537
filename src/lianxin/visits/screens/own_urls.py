from django.urls import path

from lianxin.visits.screens import own_notes, own_requests

app_name = "own_visits"
urlpatterns = [
    path("requests/", own_requests.requests, name="requests"),
    path("requests/new", own_requests.new, name="request_new"),
    path("requests/<str:request_id>/confirm", own_requests.confirm, name="request_confirm"),
    path("notes/", own_notes.notes, name="notes"),
    path("notes/<str:note_id>/correct", own_notes.correct, name="note_correct"),
    path("notes/<str:note_id>/delete", own_notes.delete, name="note_delete"),
]
