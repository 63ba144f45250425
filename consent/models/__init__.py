from consent.models.account import Account
from consent.models.approval import Approval
from consent.models.area import Area
from consent.models.change import ConsentChange
from consent.models.citizen import Citizen
from consent.models.client import Client
from consent.models.consent import Consent
from consent.models.dataset import Dataset, DatasetVersion
from consent.models.figure import Figure, FigureHead
from consent.models.key_order import KeyOrder
from consent.models.mail import Mail, MailAddress
from consent.models.mandate import Act, Mandate
from consent.models.member import Member, Role
from consent.models.offer import Offer
from consent.models.organisation import Organisation
from consent.models.purpose import LegalBasis, Purpose, PurposeField, PurposeVersion

__all__ = [
    "Account",
    "Act",
    "Approval",
    "Area",
    "Citizen",
    "Client",
    "Consent",
    "ConsentChange",
    "Dataset",
    "DatasetVersion",
    "Figure",
    "FigureHead",
    "KeyOrder",
    "LegalBasis",
    "Mail",
    "MailAddress",
    "Mandate",
    "Member",
    "Offer",
    "Organisation",
    "Purpose",
    "PurposeField",
    "PurposeVersion",
    "Role",
]
