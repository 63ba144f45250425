from django.urls import path

from consent.api.consents import ConsentList, ConsentView, RefusalList, WithdrawalList
from consent.api.purposes import PurposeList, PurposeView

urlpatterns = [
    path("purposes", PurposeList.as_view(), name="api-purposes"),
    path("purposes/<slug:slug>", PurposeView.as_view(), name="api-purpose"),
    path("consents", ConsentList.as_view(), name="api-consents"),
    path("consents/<uuid:consent_id>", ConsentView.as_view(), name="api-consent"),
    path("consents/<uuid:consent_id>/refusals", RefusalList.as_view(), name="api-consent-refusals"),
    path("consents/<uuid:consent_id>/withdrawals", WithdrawalList.as_view(), name="api-consent-withdrawals"),
]
