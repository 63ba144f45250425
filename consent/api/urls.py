from django.urls import path

from consent.api.answers import RefusalList, WithdrawalList
from consent.api.approvals import ApprovalAnswerList, ApprovalList
from consent.api.changes import ChangeList
from consent.api.consents import ConsentList, ConsentView
from consent.api.life import NarrowingList, PauseList, PostponementList, RenewalList, ResumptionList
from consent.api.odrl import OdrlView
from consent.api.offers import OfferAcceptanceList, OfferDismissalList, OfferList, OfferWithdrawalList, OwnOfferList
from consent.api.purposes import PurposeList, PurposeView
from consent.api.receipts import ReceiptView

urlpatterns = [
    path("purposes", PurposeList.as_view(), name="api-purposes"),
    path("purposes/<slug:slug>", PurposeView.as_view(), name="api-purpose"),
    path("consents", ConsentList.as_view(), name="api-consents"),
    path("consents/<uuid:consent_id>", ConsentView.as_view(), name="api-consent"),
    path("consents/<uuid:consent_id>/refusals", RefusalList.as_view(), name="api-consent-refusals"),
    path("consents/<uuid:consent_id>/withdrawals", WithdrawalList.as_view(), name="api-consent-withdrawals"),
    path("consents/<uuid:consent_id>/pauses", PauseList.as_view(), name="api-consent-pauses"),
    path("consents/<uuid:consent_id>/resumptions", ResumptionList.as_view(), name="api-consent-resumptions"),
    path("consents/<uuid:consent_id>/narrowings", NarrowingList.as_view(), name="api-consent-narrowings"),
    path("consents/<uuid:consent_id>/renewals", RenewalList.as_view(), name="api-consent-renewals"),
    path("consents/<uuid:consent_id>/postponements", PostponementList.as_view(), name="api-consent-postponements"),
    path("consents/<uuid:consent_id>/odrl", OdrlView.as_view(), name="api-consent-odrl"),
    path("consents/<uuid:consent_id>/changes", ChangeList.as_view(), name="api-consent-changes"),
    path("consents/<uuid:consent_id>/offers", OwnOfferList.as_view(), name="api-consent-offers"),
    path(
        "consents/<uuid:consent_id>/offer-withdrawals",
        OfferWithdrawalList.as_view(),
        name="api-consent-offer-withdrawals",
    ),
    path("offers", OfferList.as_view(), name="api-offers"),
    path("offers/<uuid:offer_id>/acceptances", OfferAcceptanceList.as_view(), name="api-offer-acceptances"),
    path("offers/<uuid:offer_id>/dismissals", OfferDismissalList.as_view(), name="api-offer-dismissals"),
    path("approvals", ApprovalList.as_view(), name="api-approvals"),
    path("approvals/<uuid:approval_id>/answers", ApprovalAnswerList.as_view(), name="api-approval-answers"),
    path(
        "consents/<uuid:consent_id>/changes/<uuid:change_id>/receipt", ReceiptView.as_view(), name="api-consent-receipt"
    ),
]
