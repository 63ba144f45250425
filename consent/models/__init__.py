from consent.models.account import Account
from consent.models.citizen import Citizen
from consent.models.client import Client
from consent.models.consent import Consent
from consent.models.dataset import Dataset, DatasetVersion
from consent.models.key import ConsentKey, DisclosureKey, Epoch, PseudonymKey, PurposeKey, VaultKey
from consent.models.member import Member, Role
from consent.models.organisation import Organisation
from consent.models.purpose import LegalBasis, Purpose, PurposeField, PurposeVersion

__all__ = [
    "Account",
    "Citizen",
    "Client",
    "Consent",
    "ConsentKey",
    "Dataset",
    "DatasetVersion",
    "DisclosureKey",
    "Epoch",
    "LegalBasis",
    "Member",
    "Organisation",
    "PseudonymKey",
    "Purpose",
    "PurposeField",
    "PurposeKey",
    "PurposeVersion",
    "Role",
    "VaultKey",
]
