"""Files of customers' attributes: the columns that have a meaning of their own; all others are kept as they came."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.intake.kinds import FileKind, Need
from analytics.schema import CUSTOMERS

_ALIASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customer_id": (
        ("customerid", "custid", "clientid", "customernumber", "customerno", "customernr", "customerkey", "householdid",
         "householdkey", "memberid", "buyerid", "shopperid", "clientnumber"),
        ("customer", "client", "buyer", "cust", "accountid", "userid", "household", "user", "id"),
    ),
    "email": (("email", "emailaddress", "mail", "customeremail"), ()),
    "phone": (("phone", "phonenumber", "telephone", "mobile", "mobilephone"), ()),
    "first_name": (("firstname", "givenname", "forename"), ()),
    "last_name": (("lastname", "surname", "familyname"), ()),
    "country": (("country", "countrycode", "countryname"), ()),
    "city": (("city", "town"), ()),
    "gender": (("gender", "sex"), ()),
    "age_band": (("ageband", "agegroup", "agerange"), ()),
    "income_band": (("incomeband", "incomegroup", "incomerange"), ()),
    "channel": (("channel", "acquisitionchannel", "signupchannel"), ()),
    "signed_up_on": (
        ("signedupon", "signedupat", "signupdate", "registrationdate", "registeredon", "registeredat", "dtcustomer",
         "enrolledon", "membersince"),
        (),
    ),
    "has_email_consent": (("hasemailconsent", "emailconsent", "emailoptin", "newsletter", "acceptsemailmarketing"), ()),
}  # fmt: skip

CUSTOMERS_FILE = FileKind(
    "customers",
    "Customers",
    "one customer",
    CUSTOMERS,
    (Need("customer_id", (frozenset({"customer_id"}),), "customer_id (the customer's number, as the orders have it)"),),
    _ALIASES,
)
