from django.urls import path

from sharing.api.deletions import ReleaseDeletions
from sharing.api.files import ReleasedFileStill, ReleasedFileStops, ReleasedFileView
from sharing.api.releases import ReleaseList, ReleaseView
from sharing.api.requests import RequestList, RequestView
from sharing.api.uploads import UploadList, UploadView

urlpatterns = [
    path("releases", ReleaseList.as_view(), name="api-releases"),
    path("releases/<uuid:release_id>", ReleaseView.as_view(), name="api-release"),
    path("releases/<uuid:release_id>/deletions", ReleaseDeletions.as_view(), name="api-release-deletions"),
    path("releases/<uuid:release_id>/files/<uuid:file_id>", ReleasedFileView.as_view(), name="api-file"),
    path("releases/<uuid:release_id>/files/<uuid:file_id>/still", ReleasedFileStill.as_view(), name="api-file-still"),
    path("releases/<uuid:release_id>/files/<uuid:file_id>/stops", ReleasedFileStops.as_view(), name="api-file-stops"),
    path("requests", RequestList.as_view(), name="api-requests"),
    path("requests/<uuid:request_id>", RequestView.as_view(), name="api-request"),
    path("uploads", UploadList.as_view(), name="api-uploads"),
    path("uploads/<uuid:upload_id>", UploadView.as_view(), name="api-upload"),
]
