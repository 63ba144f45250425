"""`/desk/` for staff who ask for data."""

from django.urls import path

from sharing.pages import (
    add_file,
    deferrals,
    deletions,
    desk,
    erase,
    files,
    my_data,
    new_request,
    offers,
    own_file,
    reading,
    uploads,
    vault,
)

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/requests/new/", new_request.new_request, name="desk-new-request"),
    path("desk/requests/<uuid:request_id>/", reading.desk_request, name="desk-request"),
    path("desk/releases/<uuid:release_id>/deletion/", deletions.desk_deletion, name="desk-deletion"),
    path("desk/releases/<uuid:release_id>/files/<uuid:file_id>", files.desk_file, name="desk-file"),
    path("desk/releases/<uuid:release_id>/files/<uuid:file_id>/still", files.desk_still, name="desk-still"),
    path(
        "desk/releases/<uuid:release_id>/files/<uuid:file_id>/stop", files.desk_stop_viewing, name="desk-stop-viewing"
    ),
    path("desk/deferrals/", deferrals.desk_deferrals, name="desk-deferrals"),
    path("desk/deferrals/<uuid:deferral_id>/decide/", deferrals.desk_decide_deferral, name="desk-decide-deferral"),
    path("desk/offers/<uuid:offer_id>/", offers.desk_offer, name="desk-offer"),
    path("desk/offers/<uuid:offer_id>/accept/", offers.desk_accept_offer, name="desk-accept-offer"),
    path("desk/offers/<uuid:offer_id>/let-go/", offers.desk_let_go_offer, name="desk-let-go-offer"),
    path("my/data/", my_data.my_data, name="my-data"),
    path("my/data/exports/", my_data.ask, name="my-data-ask"),
    path("my/data/exports/<uuid:export_id>/", my_data.progress, name="my-data-progress"),
    path("my/data/exports/<uuid:export_id>/file/", my_data.download, name="my-data-download"),
    path("my/data/erase/", erase.erase, name="my-data-erase"),
    path("my/data/vault/<slug:dataset>/", vault.correct, name="my-data-vault"),
    path("my/files/add/<slug:dataset>/", add_file.add_file, name="my-file-add"),
    path("my/files/uploads/<uuid:upload_id>/", uploads.upload, name="my-upload"),
    path("my/files/uploads/<uuid:upload_id>/stop/", uploads.stop, name="my-upload-stop"),
    path("my/files/<uuid:file_id>/remove/", uploads.remove, name="my-file-remove"),
    path("my/files/<uuid:file_id>", own_file.own_file, name="my-file"),
    path("my/files/<uuid:file_id>/still", own_file.own_still, name="my-file-still"),
    path("erased/<str:secret>/", erase.erased, name="erased"),
    path("erased/<str:secret>/receipt.jws", erase.receipt, name="erased-receipt"),
]
