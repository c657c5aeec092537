from django.urls import path

from lianxin.visits.screens import carenotes, hours, promises, records, requests

urlpatterns = [
    path("records/", records.records, name="records"),
    path("records/begin", records.begin, name="record_begin"),
    path("records/handed-in", records.handed_in, name="handed_in"),
    path("records/ledger", records.ledger, name="ledger"),
    path("records/<str:record_id>/", records.record, name="record"),
    path("records/<str:record_id>/keep", records.keep, name="record_keep"),
    path("records/<str:record_id>/submit", records.submit, name="record_submit"),
    path("records/<str:record_id>/photos/<str:photo_id>", records.record_photo, name="record_photo"),
    path("hours/<int:retailer_id>/", hours.hours, name="hours"),
    path("care-notes/", carenotes.care_notes, name="care_notes"),
    path("care-notes/new", carenotes.new, name="care_note_new"),
    path("care-notes/<str:note_id>/", carenotes.care_note, name="care_note"),
    path("care-notes/<str:note_id>/correct", carenotes.correct, name="care_note_correct"),
    path("care-notes/<str:note_id>/delete", carenotes.delete, name="care_note_delete"),
    path("promises/", promises.promises, name="promises"),
    path("promises/<str:promise_id>/", promises.promise, name="promise"),
    path("promises/<str:promise_id>/settle", promises.settle, name="promise_settle"),
    path("promises/<str:promise_id>/decide", promises.decide, name="promise_decide"),
    path("requests/", requests.requests, name="requests"),
    path("requests/topics", requests.topics, name="request_topics"),
    path("requests/<str:request_id>/", requests.one_request, name="request"),
    path("requests/<str:request_id>/answer", requests.answer, name="request_answer"),
    path("requests/<str:request_id>/pass-on", requests.pass_on, name="request_pass_on"),
    path("requests/<str:request_id>/confirm", requests.confirm, name="request_confirm"),
]
