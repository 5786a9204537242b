"""Tables of ready visits: the columns they need, the names that tools give them, and the exports that are known."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.intake.kinds import Family, FileKind, Need
from analytics.schema import SESSIONS

_FAMILIES: tuple[Family, ...] = (
    Family(
        "Online Shoppers Purchasing Intention",
        frozenset({"administrative", "informational", "productrelated", "productrelatedduration", "revenue"}),
        {
            "click_count": ("administrative+informational+productrelated",),
            "session_seconds": ("administrativeduration+informationalduration+productrelatedduration",),
            "has_purchase": ("revenue",),
            "visitor_type": ("visitortype",),
            "source": ("traffictype",),
        },
        frozenset({"month", "region", "browser", "operatingsystems", "weekend"}),
    ),
)

_ALIASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "session_id": (
        ("sessionid", "visitid", "usersession", "gasessionid", "sessionkey", "idvisit", "sessionuuid"),
        ("session", "visit", "sessionnumber"),
    ),
    "visitor_id": (
        ("visitorid", "visitor", "userpseudoid", "fullvisitorid", "anonymousid", "cookieid", "browserid", "clientid",
         "deviceid", "idvisitor"),
        ("cookie", "client", "ip", "ipaddress", "uuid", "uid"),
    ),
    "customer_id": (
        ("customerid", "custid", "customernumber", "customerno", "memberid", "customeremail", "shopperid", "buyerid"),
        ("userid", "customer", "user", "accountid", "email", "emailaddress", "member"),
    ),
    "started_at": (
        ("startedat", "sessionstart", "visitstart", "starttime", "visitstarttime", "sessionstarttime", "sessionstartedat",
         "visitedat", "timestamp", "datetime", "firstclickat"),
        ("date+time", "start", "date", "time", "createdat", "when"),
    ),
    "started_on": (
        ("startedon", "sessiondate", "visitdate", "startdate"),
        ("year+month+day", "day", "calendarday"),
    ),
    "session_seconds": (
        ("sessionseconds", "durationseconds", "sessionduration", "visitduration", "duration", "timeonsite", "durationsec",
         "sessionlength", "visitlength", "secondsonsite", "lengthseconds", "engagementseconds"),
        ("seconds", "timespent", "totaltime", "dwelltime", "length"),
    ),
    "click_count": (
        ("clickcount", "clicks", "pageviews", "pageviewcount", "hits", "pagecount", "eventcount", "events",
         "numberofclicks", "numberofpages", "totalpageviews", "pagesviewed", "screenviews", "numclicks"),
        ("pages", "views", "actions", "hitcount", "pagespersession"),
    ),
    "view_count": (("viewcount", "productviews", "itemviews", "productviewcount"), ()),
    "cart_count": (("cartcount", "addtocarts", "cartadditions", "addtocartcount"), ("carts",)),
    "purchase_count": (("purchasecount", "transactioncount", "ordercount", "numberofpurchases"), ("orders",)),
    "product_count": (("productcount", "uniqueproducts", "productsviewed", "itemsviewed"), ("products", "items")),
    "has_cart": (("hascart", "addedtocart", "isaddedtocart"), ("cart",)),
    "has_purchase": (
        ("haspurchase", "purchased", "haspurchased", "converted", "isconverted", "conversion", "bought", "ispurchase",
         "hasbought", "madepurchase"),
        ("purchase", "transactions", "transaction", "ordered", "buyer", "isbuyer", "revenue", "conversions"),
    ),
    "entry_page": (("entrypage", "landingpage", "firstpage", "entryurl", "landingpagepath"), ("landing", "entry")),
    "exit_page": (("exitpage", "lastpage", "exiturl", "exitpagepath"), ("exit",)),
    "main_category": (("maincategory", "category", "topcategory", "favouritecategory"), ("section",)),
    "visitor_type": (
        ("visitortype", "usertype", "visitorkind", "newreturning", "newvsreturning", "neworreturning"),
        ("returning", "customertype"),
    ),
    "is_bounce": (("isbounce", "bounce", "bounced"), ()),
    "days_since_last": (("dayssincelast", "dayssincelastvisit", "dayssincelastsession"), ()),
    "country": (("country", "countrycode", "countryname", "geocountry", "visitorcountry"), ("market",)),
    "device": (("device", "devicetype", "devicecategory", "platform"), ("devicename",)),
    "source": (
        ("source", "trafficsource", "traffictype", "utmsource", "medium", "channel", "channelgroup", "channelgrouping",
         "utmmedium"),
        ("referrer", "referer", "campaign", "utmcampaign"),
    ),
}  # fmt: skip

SESSIONS_FILE = FileKind(
    "sessions",
    "Visits",
    "one visit",
    SESSIONS,
    (
        Need(
            "click_count",
            (frozenset({"click_count"}),),
            "click_count (clicks or pages of the visit; several columns are added up as 'A + B')",
        ),
    ),
    _ALIASES,
    _FAMILIES,
    sums=frozenset({"session_seconds", "click_count", "view_count", "cart_count", "purchase_count", "product_count"}),
)
