"""Chat and events: what is said between two users, and what everybody is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks import Checks
from connection import Connection, Server
from values import PASSWORD, key, usd

# The most products that one event names (docs/PROTOCOL.md section 13).
EVENT_ITEMS_MAX = 128


def log_in(server: Server, username: str) -> Connection:
    """A further connection of a user."""
    connection = server.connect()
    connection.ok("login", username=username, password=PASSWORD % username)
    return connection


def chat(server: Server, mona: Connection, karim: Connection, product: int, checks: Checks) -> None:
    """Two users talk; what was said can be read, marked and repeated."""
    with log_in(server, "mona") as device, log_in(server, "karim") as other:
        question = _message("MONA", "  Is it\r\nstill there?", about=product)
        sent = karim.ok("send_message", **question)
        reply = karim.last_body
        checks.equal((sent["number"], sent["delivered"]), (1, True), "a message to somebody online")
        expected = {
            "from": "karim", "to": "mona", "text": "Is it\nstill there?", "about": product,
            "number": 1, "sent_at": sent["sent_at"],
        }
        for hearing in (mona, device, other):
            checks.equal(hearing.next_event("message"), expected, "the message as an event")
        again = karim.ok("send_message", **question)
        checks.equal(again, sent, "a repeated message gives the same reply")
        ok = b"\x62ok"
        checks.equal(
            karim.last_body.partition(ok)[2], reply.partition(ok)[2], "byte for byte"
        )
        karim.refused({"key_conflict": {}}, "send_message", **{**question, "text": "Another"})
        mona.ok("send_message", **_message("karim", "It is."))
        checks.equal(karim.next_event("message")["number"], 2, "the answer comes to the other")
    _refused(karim)
    _read(mona, karim, checks)
    names = [name for event in karim.events for name in event]
    checks.equal(names.count("message"), 1, "nobody is told of their own message")


def _refused(karim: Connection) -> None:
    def field(name: str, reason: str) -> dict[str, Any]:
        return {"invalid_field": {"field": name, "reason": reason}}

    for code, message in [
        (field("to", "yourself"), _message("karim", "me")),
        ({"not_found": {}}, _message("nobody-here", "you")),
        (field("text", "empty"), _message("mona", " \n ")),
        (field("text", "too_long"), _message("mona", "x" * 2001)),
        (field("text", "forbidden_character"), _message("mona", "a\u202eb")),
        (field("about", "unknown_value"), _message("mona", "this?", about=10**9)),
        ({"recipient_offline": {}}, _message("rima", "you")),
    ]:
        karim.refused(code, "send_message", **message)
    karim.ok("send_message", **_message("mona", "x" * 2000))
    kept = karim.ok("send_message", **_message("rima", "later", keep=True))
    karim.checks.equal(kept["delivered"], False, "a message that was kept")
    karim.refused(field("history", "unsupported"), "history", **{"with": "mona"}, after=1, before=2)
    karim.refused({"not_found": {}}, "history", **{"with": "nobody-here"})
    karim.refused(field("upto", "out_of_range"), "mark_read", **{"with": "mona"}, upto=4)
    karim.refused({"not_found": {}}, "mark_read", **{"with": "nobody-here"}, upto=1)


def _read(mona: Connection, karim: Connection, checks: Checks) -> None:
    with_karim = {"with": "karim"}
    latest = mona.ok("history", limit=2, **with_karim)
    checks.equal([message["number"] for message in latest["messages"]], [2, 3], "the latest")
    checks.equal((latest["more"], latest["seen"]), (True, 0), "more before them, nothing seen")
    first = mona.ok("history", before=2, **with_karim)
    checks.equal([message["number"] for message in first["messages"]], [1], "what came before")
    after = mona.ok("history", after=1, limit=1, **with_karim)
    checks.equal([message["number"] for message in after["messages"]], [2], "what came after")
    inbox = mona.ok("conversations")
    checks.equal((inbox["unread"], len(inbox["conversations"])), (2, 1), "the inbox")
    conversation = inbox["conversations"][0]
    checks.equal((conversation["with"], conversation["online"]), ("karim", True), "with whom")
    checks.equal(conversation["last"]["number"], 3, "the latest message")
    checks.equal(mona.ok("mark_read", upto=1, **with_karim), {"unread": 1}, "one is read")
    checks.equal(mona.ok("mark_read", upto=3, **with_karim), {"unread": 0}, "all are read")
    checks.equal(mona.ok("mark_read", upto=1, **with_karim), {"unread": 0}, "a mark stays")
    checks.equal(karim.ok("history", **{"with": "mona"})["seen"], 3, "the other sees the mark")
    nobody = karim.ok("history", **{"with": "layla"})
    checks.equal(nobody, {"more": False, "seen": 0, "messages": []}, "nothing was said")


def events(server: Server, mona: Connection, karim: Connection, checks: Checks) -> None:
    """Whoever watches is told of everything, the seller of the sale."""
    with log_in(server, "layla") as layla:
        layla.ok("watch", topics=["products", "presence", "products"])
        layla.malformed("watch", topics=["weather"])
        product = mona.ok(
            "sell", key=key(), name="Oud", price=usd(5000), category="other", description=""
        )["product"]
        listed = layla.next_event("product_listed")["products"]
        checks.equal([item["id"] for item in listed], [product], "the product is listed")
        summary = karim.ok("list_products", owner="mona", limit=1)["products"][0]
        checks.equal(listed[0], summary, "as the list shows it")
        mona.ok("edit_product", id=product, price=usd(4500))
        changed = layla.next_event("product_changed")["products"]
        checks.equal(changed[0]["price"], usd(4500), "the new price")
        karim.ok("buy", key=key(), product=product, price=usd(4500))
        checks.equal(layla.next_event("product_sold"), {"products": [product]}, "the sale")
        sale = mona.next_event("your_product_sold", where=lambda sale: sale["product"] == product)
        checks.equal((sale["buyer"], sale["price"]), ("karim", usd(4500)), "to its seller")
        other = mona.ok(
            "sell", key=key(), name="Rug", price=usd(100), category="other", description=""
        )["product"]
        layla.next_event("product_listed")
        mona.ok("withdraw_product", id=other)
        checks.equal(layla.next_event("product_removed"), {"products": [other]}, "withdrawn")
        _comings(server, layla, checks)


def _comings(server: Server, layla: Connection, checks: Checks) -> None:
    """A user who was away comes, is told what was kept and sold, and goes."""
    come = log_in(server, "rima")
    present = layla.next_event("presence")
    checks.equal(present, {"online": ["rima"], "offline": []}, "somebody comes")
    checks.equal(come.ok("conversations")["unread"], 1, "what was kept waits")
    come.ok("logout")
    gone = layla.next_event("presence")
    checks.equal(gone, {"online": [], "offline": ["rima"]}, "somebody goes")
    come.stream.close()


def told_at_login(server: Server, karim: Connection, checks: Checks) -> None:
    """A sale while the seller is away is told at the next login."""
    with log_in(server, "rima") as seller:
        product = seller.ok(
            "sell", key=key(), name="Kettle", price=usd(700), category="other", description=""
        )["product"]
        seller.ok("logout")
    karim.ok("buy", key=key(), product=product, price=usd(700))
    with log_in(server, "rima") as seller:
        sale = seller.next_event("your_product_sold")
        checks.equal((sale["product"], sale["buyer"]), (product, "karim"), "told at login")
        seller.ok("logout")


def too_much_at_once(
    server: Server,
    watching: Connection,
    karim: Connection,
    join: Callable[[Connection, str, str], None],
    checks: Checks,
) -> None:
    """More changes at once than an event names: those who watch are told to read again."""
    watching.ok("watch", topics=["products"])
    with server.connect() as leaving:
        join(leaving, "hoarder", "Hala Hoarder")
        for number in range(EVENT_ITEMS_MAX + 1):
            leaving.ok(
                "sell", key=key(), name=f"Thing {number}", price=usd(100), category="other",
                description="",
            )
        # All that was listed was told, so that what follows tells of the departure alone.
        told: set[int] = set()
        while len(told) <= EVENT_ITEMS_MAX:
            told |= {item["id"] for item in watching.next_event("product_listed")["products"]}
        leaving.ok("delete_account", password=PASSWORD % "hoarder")
    checks.equal(watching.next_event("resync"), {}, "too much at once is a resync")
    left = karim.ok("list_products", limit=100)["products"]
    checks.that(told.isdisjoint(item["id"] for item in left), "all of it is gone", left)
    watching.ok("watch", topics=[])


def _message(to: str, text: str, about: int | None = None, keep: bool = False) -> dict[str, Any]:
    message = {
        "to": to, "key": key(), "text": text, "if_offline": "keep" if keep else "refuse",
    }
    if about is not None:
        message["about"] = about
    return message
