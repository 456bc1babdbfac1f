from revenue.users.models.api_key import ApiKey
from revenue.users.models.audit import AuditEvent
from revenue.users.models.membership import Membership
from revenue.users.models.org import Org, OrgGroup
from revenue.users.models.saved_view import SavedView
from revenue.users.models.user import User

__all__ = ["ApiKey", "AuditEvent", "Membership", "Org", "OrgGroup", "SavedView", "User"]
