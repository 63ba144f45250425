"""`/desk/` for staff who ask for data."""

from django.urls import path

from sharing.pages import desk

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/requests/new/", desk.new_request, name="desk-new-request"),
    path("desk/requests/<uuid:request_id>/", desk.desk_request, name="desk-request"),
]
