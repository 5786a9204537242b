"""Click files: the columns they need, the names that trackers give them, and the exports that are known."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.intake.kinds import Family, FileKind, Need
from analytics.schema import EVENTS

_FAMILIES: tuple[Family, ...] = (
    Family(
        "the e-shop clothing clicks of 2008",
        frozenset({"sessionid", "page1maincategory", "page2clothingmodel"}),
        {
            "session_id": ("sessionid",),
            "position": ("order",),
            "occurred_on": ("year+month+day",),
            "category": ("page1maincategory",),
            "product_id": ("page2clothingmodel",),
            "page": ("page",),
            "price": ("price",),
            "country": ("country",),
        },
        frozenset({"colour", "location", "modelphotography", "price2", "year", "month", "day"}),
    ),
    Family(
        "Retailrocket's events",
        frozenset({"timestamp", "visitorid", "event", "itemid"}),
        {
            "visitor_id": ("visitorid",),
            "occurred_at": ("timestamp",),
            "event_type": ("event",),
            "product_id": ("itemid",),
        },
        frozenset({"transactionid"}),
    ),
    Family(
        "eCommerce events of REES46",
        frozenset({"eventtime", "eventtype", "productid", "userid", "usersession"}),
        {
            "customer_id": ("userid",),
            "occurred_at": ("eventtime",),
            "session_id": ("usersession",),
            "event_type": ("eventtype",),
            "category": ("categorycode", "categoryid"),
            "product_id": ("productid",),
            "price": ("price",),
        },
        frozenset({"brand", "categoryid"}),
    ),
    Family(
        "a Google Analytics 4 export",
        frozenset({"eventtimestamp", "eventname", "userpseudoid"}),
        {
            "visitor_id": ("userpseudoid",),
            "occurred_at": ("eventtimestamp",),
            "customer_id": ("userid",),
            "session_id": ("gasessionid", "sessionid"),
            "event_type": ("eventname",),
            "page": ("pagelocation", "pagepath", "pagetitle"),
            "category": ("itemcategory",),
            "product_id": ("itemid",),
            "price": ("itemprice", "price"),
            "country": ("country", "geocountry"),
            "device": ("devicecategory", "device"),
            "source": ("trafficsource", "trafficsourcesource", "source"),
        },
        frozenset({"eventdate", "pagereferrer", "eventvalueinusd"}),
    ),
)

_ALIASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "visitor_id": (
        ("visitorid", "visitor", "userpseudoid", "fullvisitorid", "anonymousid", "cookieid", "browserid", "clientid",
         "deviceid", "visitoruuid", "idvisitor", "domainuserid", "distinctid"),
        ("cookie", "client", "ip", "ipaddress", "uuid", "uid"),
    ),
    "occurred_at": (
        ("occurredat", "timestamp", "eventtime", "eventtimestamp", "clickedat", "clicktime", "datetime", "servertime",
         "viewedat", "eventdatetime", "collectortstamp", "visitedat"),
        ("date+time", "day+time", "eventdate+eventtime", "time", "createdat", "date", "ts", "when", "receivedat", "at"),
    ),
    "occurred_on": (
        ("occurredon", "eventdate", "clickdate", "clickedon", "visitdate"),
        ("year+month+day", "day", "calendarday"),
    ),
    "session_id": (
        ("sessionid", "usersession", "visitid", "gasessionid", "sessionkey", "idvisit", "sessionuuid", "domainsessionid"),
        ("session", "visit", "sessionnumber"),
    ),
    "position": (
        ("position", "clicknumber", "stepnumber", "hitnumber", "eventnumber", "clickorder", "eventindex",
         "sequencenumber", "pageviewnumber"),
        ("order", "step", "sequence", "hit", "seq", "rank"),
    ),
    "customer_id": (
        ("customerid", "custid", "customernumber", "customerno", "memberid", "customeremail", "clientnumber",
         "shopperid", "buyerid"),
        ("userid", "customer", "user", "accountid", "email", "emailaddress", "buyer", "member"),
    ),
    "event_type": (
        ("eventtype", "event", "eventname", "eventaction", "action", "actiontype", "hittype", "activity"),
        ("type", "behavior", "behaviour", "behaviortype", "interaction"),
    ),
    "page": (
        ("page", "pageurl", "pagelocation", "pagepath", "url", "pagename", "pagetitle", "screen", "screenname", "path"),
        ("location", "view", "requesturl", "request", "link"),
    ),
    "category": (
        ("category", "categorycode", "categoryname", "productcategory", "itemcategory", "categoryid", "pagecategory"),
        ("department", "section", "productgroup", "group"),
    ),
    "product_id": (
        ("productid", "itemid", "sku", "stockcode", "productcode", "articleid", "productsku", "itemcode"),
        ("product", "item", "article", "model", "productname", "itemname"),
    ),
    "price": (
        ("price", "itemprice", "productprice", "unitprice"),
        ("value", "amount", "listprice"),
    ),
    "country": (
        ("country", "countrycode", "countryname", "geocountry", "visitorcountry"),
        ("market", "region"),
    ),
    "device": (
        ("device", "devicetype", "devicecategory", "platform"),
        ("devicename", "channel", "useragenttype"),
    ),
    "source": (
        ("source", "trafficsource", "utmsource", "medium", "utmmedium", "traffictype", "channelgroup",
         "channelgrouping", "referrersource"),
        ("referrer", "referer", "campaign", "utmcampaign"),
    ),
}  # fmt: skip

EVENTS_FILE = FileKind(
    "events",
    "Clicks",
    "one click",
    EVENTS,
    (
        Need(
            "visitor_id",
            (frozenset({"visitor_id"}), frozenset({"customer_id"}), frozenset({"session_id"})),
            "visitor_id (whose click; or customer_id or session_id)",
        ),
        Need(
            "occurred_at",
            (frozenset({"occurred_at"}), frozenset({"session_id", "position"})),
            "occurred_at (when, with the time of day; or session_id and position, the click's place in its visit)",
        ),
    ),
    _ALIASES,
    _FAMILIES,
)
