"""Names that people give to columns and files, as evidence of what they hold."""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["user", "item", "rating", "weight", "time", "part", "title", "tally"]

_NAMES: dict[Role, str] = {
    "user": """
        user userid uid u usr userno userkey useridx userindex username member memberid customer customerid cust custid
        client clientid reviewer reviewerid account accountid visitor visitorid session sessionid person personid
        player playerid reader readerid listener listenerid viewer viewerid buyer buyerid shopper shopperid profile
        profileid device deviceid author authorid subscriber subscriberid consumer consumerid msno student studentid
        patient patientid 用户 用户id
    """,
    "item": """
        item itemid iid i itemno itemkey itemidx itemindex movie movieid film filmid product productid prodid asin
        parentasin sku skuid article articleid news newsid book bookid isbn song songid track trackid artist artistid
        album albumid video videoid clip clipid game gameid app appid goods goodsid business businessid recipe
        recipeid poi poiid venue venueid place placeid gmapid anime animeid content contentid doc docid document
        documentid ad adid listing listingid hotel hotelid course courseid job jobid post postid paper paperid
        restaurant restaurantid show showid tconst 物品 物品id 商品 商品id 电影id
    """,
    "rating": """
        rating ratings rate score stars star overall grade userrating bookrating ratingvalue reviewscore reviewrating
        starrating userscore myrating 评分
    """,
    "weight": "weight weights plays playcount nplays listencount quantity qty strength watchratio",
    "time": """
        timestamp time ts t date datetime day eventtime eventtimestamp eventdate unixtime unixtimestamp unixreviewtime
        reviewtime reviewdate createdat created createtime createddate datecreated creationtime orderdate ordertime
        purchasedate purchasetime visittime playedat watchedat clicktime viewtime ratedat ratingtime tdat at when utc
        epoch timems timestampms logtime submittime 时间 日期
    """,
    "part": "part split subset partition",
    "title": """
        title name movietitle itemtitle booktitle producttitle productname itemname headline filmtitle songname
        trackname label caption 标题 名称
    """,
    "tally": """
        avgrating averagerating meanrating ratingcount ratingscount nratings numratings ratingnumber members
        popularity votes votecount numvotes voteaverage nvotes views viewcount nviews likes likecount sold sales
        salesrank nsold reviewcount nreviews reviewscount favorites downloads playcount plays rank score
    """,
}
_EXACT: dict[Role, frozenset[str]] = {role: frozenset(words.split()) for role, words in _NAMES.items()}
_STEMS: dict[Role, tuple[str, ...]] = {
    "user": ("user", "customer", "member", "reviewer", "visitor", "client", "session", "shopper", "buyer"),
    "item": ("item", "movie", "film", "product", "article", "book", "song", "track", "video", "sku", "asin", "isbn"),
    "time": ("timestamp", "datetime", "date", "time"),
}
_FILES: dict[str, tuple[str, ...]] = {
    "interactions": (
        "inter", "rating", "review", "event", "click", "order", "purchase", "log", "behavio", "transaction", "view",
        "watch", "play", "listen", "action", "train", "history", "u.data",
    ),
    "items": (
        "item", "movie", "film", "product", "article", "book", "song", "track", "video", "meta", "catalog", "goods",
        "content", "news",
    ),
    "users": ("user", "customer", "member", "client", "profile", "people", "person"),
    "graph": ("kg", "graph", "triple", "knowledge"),
}  # fmt: skip


def plain(name: str) -> str:
    """A name without case, spaces and signs: `reviewerID` and `reviewer_id` are one.

    >>> plain("Reviewer-ID")
    'reviewerid'
    """
    return re.sub(r"[\W_]", "", name.lower())


def fit(name: str, role: Role) -> float:
    """How well a column's name fits a role: 1 for a name in common use, less for one that holds a telling word."""
    bare = plain(name)
    if bare in _EXACT[role]:
        return 1.0
    is_key = bare.endswith(("id", "key", "no", "code", "idx", "index", "hash")) or role == "time"
    held = any(stem in bare for stem in _STEMS.get(role, ()))
    return 0.7 if held and is_key else 0.0


def is_id(name: str) -> bool:
    """Whether a name says that the column holds keys."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return re.split(r"[\W_]+", words.strip("_ "))[-1] in ("id", "ids", "key", "uuid", "code", "sku", "asin", "isbn")


def file_fits(name: str, table: str) -> bool:
    """Whether a file's name fits a table: interactions, items, users or graph."""
    return any(stem in name.lower() for stem in _FILES[table])
