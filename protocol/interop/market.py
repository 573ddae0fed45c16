"""Plays a small market against a running server."""

from __future__ import annotations

import datetime
import hashlib
import os
import ssl
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import rules
import social
from checks import Checks
from connection import Connection, Server
from contract import ContractError, names
from picture import jpeg_size, png
from process import ServerProcess
from values import PASSWORD, key, usd

CATEGORY = "textbooks"
# Need not come: no request makes an announcement yet, and a ping takes thirty seconds of silence.
NOT_HEARD = {"announcement", "ping"}


def run(checks: Checks, binary: Path) -> None:
    """Starts the server, plays, stops it."""
    with tempfile.TemporaryDirectory(prefix="auboutique-interop-") as directory:
        with ServerProcess(binary, Path(directory), checks) as process:
            try:
                server = process.server()
                _play(server, checks)
                _stop(process, server, checks)
                _everything_was_tried(checks)
            except Exception:
                checks.that(False, "the market runs to its end", traceback.format_exc())
                print(process.last_lines(), file=sys.stderr)


def _play(server: Server, checks: Checks) -> None:
    rules.transport(server, checks)
    rules.frames(server, checks)
    rules.deadlines(server, checks)
    with server.connect() as mona, server.connect() as karim, server.connect() as layla:
        rules.anonymous(mona)
        _join(mona, "mona", "منى خوري")
        _join(karim, "karim", "Karim Haddad")
        _join(layla, "layla", "Layla O’Neil")
        rules.members(mona, checks)
        products = _sell(mona, checks)
        _look(karim, products, checks)
        _change(mona, karim, checks)
        confirmation = _buy(karim, layla, mona, products[0], checks)
        _afterwards(karim, mona, confirmation, checks)
        _account(mona, layla, confirmation, checks)
        with server.connect() as rima:
            _join(rima, "rima", "Rima Saab")
            rima.ok("logout")
        social.chat(server, mona, karim, products[1], checks)
        social.events(server, mona, karim, checks)
        social.told_at_login(server, karim, checks)
        social.too_much_at_once(server, layla, karim, _join, checks)
        _leave(server, layla, checks)
        token = _log_out(karim, checks)
    _dead_token(server, token)


def _join(connection: Connection, username: str, name: str) -> None:
    """Registers, is refused in the usual ways, and logs in."""
    person = {
        "username": username,
        "name": name,
        "email": f"{username}@mail.aub.edu.lb",
        "password": PASSWORD % username,
    }
    connection.refused(
        {"invalid_field": {"field": "name", "reason": "forbidden_character"}},
        "register", **{**person, "name": "Mo\u202ena"},
    )
    registered = connection.ok("register", **{**person, "username": username.upper()})
    connection.checks.equal(registered["username"], username, "the username is folded")
    connection.refused({"name_taken": {}}, "register", **person)
    logged_in = connection.ok("login", username=username, password=PASSWORD % username)
    expected = {part: person[part] for part in ("username", "name", "email")}
    profile = dict(logged_in["profile"])
    profile.pop("member_since")
    connection.checks.equal(profile, expected, "the profile")


def _sell(mona: Connection, checks: Checks) -> list[int]:
    """Lists three products, the first with a picture, and returns their ids."""
    product = {
        "key": key(), "name": "Calculus", "price": usd(1250), "category": CATEGORY,
        "description": "Hardly used.\nNo markings.", "picture": png(320, 200),
    }
    first = mona.ok("sell", **product)
    reply = mona.last_body
    again = mona.ok("sell", **product)
    checks.equal(again, first, "a repeated sell gives the same reply")
    checks.that(_ok_bytes(reply) == _ok_bytes(mona.last_body), "byte for byte")
    mona.refused({"key_conflict": {}}, "sell", **{**product, "name": "Algebra"})
    rules.sell(mona, {**product, "key": key()})
    del product["picture"]
    ids = [first["product"]]
    for name, price in [("Chemistry", 900), ("مقدمة ابن خلدون", 2000)]:
        listed = mona.ok("sell", **{**product, "key": key(), "name": name, "price": usd(price)})
        ids.append(listed["product"])
    checks.equal(len(set(ids)), 3, "three products were listed")
    return ids


def _look(karim: Connection, products: list[int], checks: Checks) -> None:
    """Lists in pages and in every order, shows one, fetches its picture."""
    newest = list(reversed(products))
    by_price = [products[1], products[0], products[2]]
    orders = {"newest": newest, "oldest": products, "price": by_price, "-price": by_price[::-1]}
    for sort, expected in orders.items():
        found = _pages(karim, "list_products", "products", sort=sort, limit=2)
        checks.equal([product["id"] for product in found], expected, f"sorted by {sort}")
    cheap = karim.ok("list_products", price_max=usd(1250), price_min=usd(1000), owner="MONA")
    checks.equal([product["id"] for product in cheap["products"]], products[:1], "filtered")
    other = karim.ok("list_products", category="other")
    checks.equal(other["products"], [], "an empty category")
    nobody = karim.ok("list_products", owner="nobody-here")
    checks.equal(nobody, {"products": []}, "an unknown owner has no products")

    detail = karim.ok("show_product", id=products[0])
    checks.equal(detail["state"], {"for_sale": {}}, "the state")
    checks.equal(detail["owner_name"], "منى خوري", "the owner's name")
    checks.equal(detail["description"], "Hardly used.\nNo markings.", "the description")
    checks.equal(detail["owner_online"], True, "the owner is online")
    sellers = karim.ok("list_sellers", limit=100)["sellers"]
    checks.equal([seller["username"] for seller in sellers], ["mona"], "the sellers")
    checks.equal((sellers[0]["products"], sellers[0]["online"]), (len(products), True), "a seller")
    online = karim.ok("presence", names=["MONA", "nobody-here"])
    checks.equal(online, {"online": ["mona"]}, "who is online")
    for size, expected in [("full", (320, 200)), ("thumbnail", (256, 160))]:
        found = karim.ok("picture", id=products[0], size=size)
        checks.equal((found["width"], found["height"]), expected, f"the {size} size")
        checks.equal(jpeg_size(found["data"]), expected, f"the {size} file's size")
        checks.equal(found["media_type"], "image/jpeg", "the media type")
        if size == "full":
            digest = hashlib.sha256(found["data"]).digest()
            checks.equal(detail["picture"], digest, "the hash of the picture")
    karim.refused({"not_found": {}}, "picture", id=products[1], size="full")
    karim.refused({"not_found": {}}, "show_product", id=2**62)


def _change(mona: Connection, karim: Connection, checks: Checks) -> None:
    """Edits a product, finds it, and takes it off the market."""
    stool = {
        "key": key(), "name": "Oak stool", "price": usd(3000), "category": CATEGORY,
        "description": "Three legs.",
    }
    product = mona.ok("sell", **stool)["product"]
    edited = mona.ok("edit_product", id=product, price=usd(2500), name="Oak chair")
    checks.equal(edited["price"], usd(2500), "the new price")
    checks.equal(edited, karim.ok("show_product", id=product), "the reply is the product")
    again = mona.ok("edit_product", id=product, price=usd(2500), name="Oak chair")
    checks.equal(again, edited, "the same edit again")
    rules.edit(mona, product)
    karim.refused({"forbidden": {}}, "edit_product", id=product, price=usd(1))
    karim.refused({"forbidden": {}}, "withdraw_product", id=product)
    mona.refused({"not_found": {}}, "edit_product", id=2**62, price=usd(1))
    stale = {"key": key(), "price": usd(3000), "product": product}
    karim.refused({"price_changed": {"price": usd(2500)}}, "buy", **stale)

    for text in ("chair", "OAK ch", "legs three", "oak-chair", '"chair" (three)', "chair %"):
        found = karim.ok("list_products", text=text)["products"]
        checks.equal([item["id"] for item in found], [product], f"found by {text}")
    for text in ("stool", "hair", "chair OR table", "name:chair", "%", '"', "x" * 200):
        found = karim.ok("list_products", text=text)
        checks.equal(found, {"products": []}, f"nothing is found by {text}")
    filtered = karim.ok("list_products", text="oak", price_max=usd(2499))
    checks.equal(filtered, {"products": []}, "a search with a filter")

    for _ in range(2):
        mona.ok("withdraw_product", id=product)
        checks.equal(karim.ok("list_products", text="chair"), {"products": []}, "withdrawn")
        karim.refused({"withdrawn": {}}, "buy", **stale)
    mona.refused({"withdrawn": {}}, "edit_product", id=product, price=usd(1))
    state = karim.ok("show_product", id=product)["state"]
    checks.equal(state, {"withdrawn": {}}, "the state when withdrawn")


def _buy(
    karim: Connection, layla: Connection, mona: Connection, product: int, checks: Checks
) -> dict[str, Any]:
    """One buys, everybody else is refused."""
    purchase = {"key": key(), "price": usd(1250), "product": product}
    mona.refused({"own_product": {}}, "buy", **purchase)
    karim.refused({"not_found": {}}, "buy", **{**purchase, "product": 2**62})
    stale = {"price_changed": {"price": usd(1250)}}
    karim.refused(stale, "buy", **{**purchase, "price": usd(1200)})
    # None of the refusals has bound the key.
    confirmation = karim.ok("buy", **purchase)
    reply = karim.last_body
    checks.equal(confirmation["purchase"], purchase["key"], "the key names the purchase")
    checks.equal(confirmation["price"], usd(1250), "the price paid")
    checks.equal(confirmation["product"], product, "the product bought")
    _collection_day(confirmation, checks)
    for _ in range(3):
        karim.ok("buy", **purchase)
        checks.that(_ok_bytes(karim.last_body) == _ok_bytes(reply), "the same bytes again")
    karim.refused({"key_conflict": {}}, "buy", **{**purchase, "price": usd(1200)})
    karim.refused({"key_conflict": {}}, "buy", **{**purchase, "product": product + 1})
    karim.refused({"already_sold": {"yours": True}}, "buy", **{**purchase, "key": key()})
    layla.refused({"already_sold": {"yours": False}}, "buy", **purchase)
    mona.refused({"own_product": {}}, "buy", **{**purchase, "key": key()})
    unsellable = {"already_sold": {"yours": False}}
    mona.refused(unsellable, "edit_product", id=product, price=usd(1))
    mona.refused(unsellable, "withdraw_product", id=product)
    sold = {"sold": {"sold_at": confirmation["sold_at"]}}
    checks.equal(layla.ok("show_product", id=product)["state"], sold, "the state when sold")
    listed = _pages(layla, "list_products", "products", limit=1)
    checks.that(product not in [item["id"] for item in listed], "a sold product is not listed")
    return confirmation


def _afterwards(
    karim: Connection, mona: Connection, confirmation: dict[str, Any], checks: Checks
) -> None:
    """Buyer and seller see the sale."""
    purchases = _pages(karim, "my_purchases", "purchases", limit=1)
    expected = {"name": "Calculus", "seller": "mona", "confirmation": confirmation}
    checks.equal(purchases, [expected], "my purchases")
    checks.equal(_pages(karim, "my_sales", "products"), [], "a buyer has sold nothing")
    sales = _pages(mona, "my_sales", "products", limit=2)
    checks.equal(len(sales), 4, "my sales lists all own products")
    states = {sale["id"]: sale["state"] for sale in sales}
    sold = {
        "buyer": "karim",
        "sold_at": confirmation["sold_at"],
        "buyer_name": "Karim Haddad",
        "collect_on": confirmation["collect_on"],
    }
    checks.equal(states[confirmation["product"]], {"sold": sold}, "my sales names the buyer")
    unsold = [state for state in states.values() if state == {"for_sale": {}}]
    checks.equal(len(unsold), 2, "the others are for sale")
    checks.equal(_pages(mona, "my_purchases", "purchases"), [], "a seller has bought nothing")


def _account(
    mona: Connection, layla: Connection, confirmation: dict[str, Any], checks: Checks
) -> None:
    """Quotas, the export, and what stands against leaving."""
    quotas = mona.ok("my_quota")
    checks.equal(quotas["products_for_sale"], {"used": 2, "limit": 200}, "products for sale")
    checks.equal(quotas["connections"], {"used": 1, "limit": 8}, "connections")
    checks.that(quotas["picture_bytes"]["limit"] > 0, "a limit of picture bytes")
    pages = [mona.ok("export_account")]
    while "next" in pages[-1]:
        pages.append(mona.ok("export_account", cursor=pages[-1]["next"]))
    checks.equal(["profile" in page for page in pages], [True] + [False] * (len(pages) - 1),
                 "the profile stands on the first page")
    products = [product for page in pages for product in page["products"]]
    listed = {product["id"] for product in _pages(mona, "my_sales", "products")}
    exported = {product["id"] for product in products}
    checks.equal(exported, listed, "the export has all products")
    checks.equal(len(products), len(exported), "and each once")
    sold = [product for product in products if product["id"] == confirmation["product"]]
    checks.equal(sold[0]["state"]["sold"]["buyer"], "karim", "the export names the buyer")
    checks.equal(sold[0]["description"], "Hardly used.\nNo markings.", "the whole description")
    pending = {"collection_pending": {"collect_on": confirmation["collect_on"]}}
    mona.refused(pending, "delete_account", password=PASSWORD % "mona")
    rules.change_password(layla, PASSWORD % "layla")
    new = "nine purple kettles humming in the rain"
    layla.ok("change_password", old=PASSWORD % "layla", new=new)
    layla.ok("change_password", old=new, new=PASSWORD % "layla")


def _leave(server: Server, layla: Connection, checks: Checks) -> None:
    """Somebody comes and goes for good."""
    with server.connect() as visitor, server.connect() as second:
        _join(visitor, "visitor", "Vera Visitor")
        listed = visitor.ok(
            "sell", key=key(), name="Lamp", price=usd(700), category=CATEGORY, description=""
        )
        other = second.ok("login", username="visitor", password=PASSWORD % "visitor")["token"]
        visitor.ok("delete_account", password=PASSWORD % "visitor")
        visitor.refused({"unauthenticated": {}}, "whoami")
        second.ends()
        names = [name for event in second.events for name in event]
        checks.equal(names, ["disconnected"], "the other connection is told")
        visitor.refused({"auth_failed": {}}, "resume", token=other)
        visitor.refused(
            {"auth_failed": {}}, "login", username="visitor", password=PASSWORD % "visitor"
        )
    detail = layla.ok("show_product", id=listed["product"])
    checks.equal(detail["state"], {"withdrawn": {}}, "what was for sale is withdrawn")
    checks.that(detail["owner"].startswith("deleted-"), "the owner is gone", detail["owner"])


def _log_out(karim: Connection, checks: Checks) -> bytes:
    """Ends a session and returns its token."""
    karim.ok("logout")
    karim.refused({"unauthenticated": {}}, "whoami")
    token = karim.ok("login", username="karim", password=PASSWORD % "karim")["token"]
    karim.refused({"forbidden": {}}, "resume", token=token)
    karim.ok("logout")
    checks.that("time" in karim.ok("ping"), "an anonymous connection may ping")
    return token


def _dead_token(server: Server, token: bytes) -> None:
    with server.connect() as connection:
        connection.refused({"auth_failed": {}}, "resume", token=token)
        connection.refused({"auth_failed": {}}, "resume", token=os.urandom(32))
        wrong = {"username": "karim", "password": "not the password of karim"}
        connection.refused({"auth_failed": {}}, "login", **wrong)


def _stop(process: ServerProcess, server: Server, checks: Checks) -> None:
    """A token is good on a second connection; all are told when the server stops."""
    with server.connect() as first, server.connect() as second:
        token = first.ok("login", username="layla", password=PASSWORD % "layla")["token"]
        profile = second.ok("resume", token=token)
        checks.equal(profile["username"], "layla", "who resumed")
        checks.equal(second.ok("whoami"), profile, "who am I")
        early = Connection(server.tls(), checks)
        process.ask_to_stop()
        early.ends_with("draining")
        for connection in (first, second):
            connection.ends()
            names = [name for event in connection.events for name in event]
            checks.equal(names, ["draining"], "the events of a connection at the end")
    process.stopped()
    try:
        server.tls().close()
    except (OSError, ssl.SSLError):
        checks.that(True, "a stopped server takes no connections")
    else:
        checks.that(False, "a stopped server takes no connections")


def _everything_was_tried(checks: Checks) -> None:
    """Each request of the contract succeeded once at least, and each event came."""
    checks.equal(checks.answered, names("request"), "the requests that succeeded")
    checks.equal(checks.heard | NOT_HEARD, names("event"), "the events that came")


def _pages(connection: Connection, name: str, items: str, /, **body: Any) -> list[Any]:
    """All items of a list, page after page."""
    found: list[Any] = []
    for _ in range(100):
        page = connection.ok(name, **body)
        found += page[items]
        if "next" not in page:
            return found
        body["cursor"] = page["next"]
    raise ContractError(f"{name} does not come to an end")


def _ok_bytes(frame: bytes) -> bytes:
    """What stands under `ok`: all behind the key, which comes last in an answer."""
    return frame[frame.index(b"\x62ok") :]


def _collection_day(confirmation: dict[str, Any], checks: Checks) -> None:
    day = datetime.date.fromisoformat(confirmation["collect_on"])
    sold = datetime.datetime.fromtimestamp(confirmation["sold_at"] / 1000, datetime.UTC).date()
    checks.that(day.weekday() < 5, "collected on a business day", day)
    checks.that(1 <= (day - sold).days <= 31, "collected some days after the sale", day)
    skew = abs(confirmation["sold_at"] / 1000 - time.time())
    checks.that(skew < 300, "sold now", confirmation["sold_at"])
