"""Frames that are wrong in one place, and frames as a later server may send them."""

from __future__ import annotations

from collections.abc import Callable

Change = Callable[[dict], None]
Variant = tuple[str, str, Change]

_ABSENT = object()


def at(path: str, value: object) -> Change:
    """Puts a value at a path such as `call/buy/key`; `_ABSENT` removes what is there."""

    def change(frame: dict) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        place = frame
        for step in way:
            place = place[step]
        if value is _ABSENT:
            del place[last]
        else:
            place[last] = value

    return change


def without(path: str) -> Change:
    """Removes what is at a path."""
    return at(path, _ABSENT)


def _repeated(path: str, times: int) -> Change:
    """Repeats the first member of the array at a path."""

    def change(frame: dict) -> None:
        place = frame
        for step in path.split("/"):
            place = place[step]
        place[:] = place[:1] * times

    return change


NOT_OUR_CBOR = {
    "nothing": b"",
    "half an item": b"\x18",
    "bytes behind the item": b"\xa0\x00",
    "an integer in a long form": b"\x18\x00",
    "a length in a long form": b"\x78\x00",
    "an indefinite text": b"\x7f\x61\x61\xff",
    "an indefinite map": b"\xbf\xff",
    "keys that do not ascend": b"\xa2\x61b\x01\x61a\x01",
    "a key twice": b"\xa2\x61a\x01\x61a\x01",
    "a longer key first": b"\xa2\x62aa\x01\x61b\x01",
    "a key that is no text": b"\xa1\x01\x01",
    "a tag": b"\xc1\x00",
    "a big number": b"\xc2\x49\x01" + bytes(8),
    "a float": b"\xf9\x3c\x00",
    "null": b"\xf6",
    "undefined": b"\xf7",
    "text that is not UTF-8": b"\x61\xff",
    "seventeen levels": b"\x81" * 17 + b"\x00",
    "4,097 items": b"\x99\x10\x00" + bytes(4096),
}

BROKEN: list[Variant] = [
    # The envelope of a client is closed.
    ("call.buy", "no id", without("id")),
    ("call.buy", "a negative id", at("id", -1)),
    ("call.buy", "an id that is a text", at("id", "1")),
    ("call.buy", "an entry beside id and call", at("trace", 1)),
    ("call.buy", "no call", without("call")),
    ("call.buy", "two requests", at("call/ping", {})),
    ("call.buy", "an unknown request", at("call", {"steal": {}})),
    ("hello.client", "an unknown field", at("hello/token", 1)),
    ("hello.client", "no agent", without("hello/agent")),
    ("hello.client", "an empty agent", at("hello/agent", "")),
    ("hello.client", "an agent that is too long", at("hello/agent", "a" * 65)),
    ("hello.client", "a version above 32 bits", at("hello/version_max", 2**32)),
    # Bodies of requests are closed and bounded.
    ("call.ping", "a field", at("call/ping/time", 1)),
    ("call.logout", "a field", at("call/logout/token", b"")),
    ("call.whoami", "an array", at("call/whoami", [])),
    ("call.register", "no e-mail address", without("call/register/email")),
    ("call.register", "an empty name", at("call/register/name", "")),
    ("call.register", "a name that is too long", at("call/register/name", "n" * 401)),
    ("call.register", "an e-mail address that is too long", at("call/register/email", "e" * 255)),
    ("call.register", "a password that is too short", at("call/register/password", "p" * 14)),
    ("call.register", "a username that is too short", at("call/register/username", "mo")),
    ("call.register", "a username that is too long", at("call/register/username", "m" * 33)),
    ("call.register", "an unknown field", at("call/register/admin", True)),
    ("call.login", "a password as bytes", at("call/login/password", b"secret")),
    ("call.login", "a password as a number", at("call/login/password", 15)),
    ("call.login", "a password that is too long", at("call/login/password", "p" * 513)),
    ("call.resume", "a short token", at("call/resume/token", bytes(31))),
    ("call.resume", "a long token", at("call/resume/token", bytes(33))),
    ("call.list_products.full", "a limit of 0", at("call/list_products/limit", 0)),
    ("call.list_products.full", "a limit of 101", at("call/list_products/limit", 101)),
    ("call.list_products.full", "an unknown order", at("call/list_products/sort", "name")),
    ("call.list_products.full", "a long cursor", at("call/list_products/cursor", bytes(65))),
    ("call.list_products.full", "an empty category", at("call/list_products/category", "")),
    ("call.list_products.full", "a negative price", at("call/list_products/price_min/minor", -1)),
    ("call.list_products.minimal", "an unknown filter", at("call/list_products/colour", "red")),
    ("call.list_products.full", "an empty search", at("call/list_products/text", "")),
    ("call.list_products.full", "a long search", at("call/list_products/text", "t" * 801)),
    ("call.edit_product.full", "no product", without("call/edit_product/id")),
    ("call.edit_product.full", "an empty name", at("call/edit_product/name", "")),
    ("call.edit_product.full", "a price of 0", at("call/edit_product/price/minor", 0)),
    ("call.edit_product.price", "a picture", at("call/edit_product/picture", b"")),
    ("call.withdraw_product", "a reason", at("call/withdraw_product/reason", "broken")),
    ("call.show_product", "the product 0", at("call/show_product/id", 0)),
    ("call.picture", "an unknown size", at("call/picture/size", "huge")),
    ("call.picture", "no size", without("call/picture/size")),
    ("call.sell.full", "an empty picture", at("call/sell/picture", b"")),
    ("call.sell.full", "a picture that is too large", at("call/sell/picture", bytes(786433))),
    ("call.sell.full", "a picture as an array", at("call/sell/picture", [1, 2])),
    ("call.sell.minimal", "an empty name", at("call/sell/name", "")),
    ("call.sell.minimal", "a name that is too long", at("call/sell/name", "n" * 481)),
    ("call.sell.minimal", "a long description", at("call/sell/description", "d" * 16001)),
    ("call.sell.minimal", "no key", without("call/sell/key")),
    ("call.sell.minimal", "a price of 0", at("call/sell/price/minor", 0)),
    ("call.sell.minimal", "a price that is too high", at("call/sell/price/minor", 10**9 + 1)),
    ("call.buy", "a short key", at("call/buy/key", bytes(15))),
    ("call.buy", "a key as text", at("call/buy/key", "0" * 16)),
    ("call.buy", "no price", without("call/buy/price")),
    ("call.buy", "a bare number as the price", at("call/buy/price", 1250)),
    ("call.buy", "an unknown currency", at("call/buy/price/currency", "XAU")),
    ("call.buy", "an unknown field of money", at("call/buy/price/scale", 2)),
    ("call.buy", "an unknown field", at("call/buy/count", 2)),
    ("call.my_purchases.full", "an unknown field", at("call/my_purchases/owner", "mona")),
    ("call.my_sales.full", "a limit of 101", at("call/my_sales/limit", 101)),
    ("call.send_message.minimal", "an empty text", at("call/send_message/text", "")),
    ("call.send_message.minimal", "a long text", at("call/send_message/text", "t" * 8001)),
    ("call.send_message.minimal", "no key", without("call/send_message/key")),
    ("call.send_message.minimal", "no word on offline", without("call/send_message/if_offline")),
    ("call.send_message.full", "an unknown word", at("call/send_message/if_offline", "drop")),
    ("call.send_message.full", "the product 0", at("call/send_message/about", 0)),
    ("call.history.after", "a negative number", at("call/history/after", -1)),
    ("call.history.full", "no user", without("call/history/with")),
    ("call.mark_read", "no number", without("call/mark_read/upto")),
    ("call.watch", "an unknown topic", at("call/watch/topics", ["weather"])),
    ("call.watch", "one topic", at("call/watch/topics", "products")),
    # What a server sends is open but complete.
    ("hello.server", "no version", without("hello/version")),
    ("hello.server", "no market", without("hello/market")),
    ("hello.server", "too large frames", at("hello/limits/frame_bytes_max", 2**20 + 1)),
    ("hello.server", "no categories", at("hello/market/categories", [])),
    ("ok.buy", "no id", without("id")),
    ("ok.buy", "a reply that is no map", at("ok", 1)),
    ("ok.buy", "no pickup code", without("ok/code")),
    ("ok.buy", "a pickup code with the letter I", at("ok/code", "7K3QX0ZI")),
    ("ok.buy", "a day in another form", at("ok/collect_on", "19.01.2026")),
    ("ok.buy", "a time as text", at("ok/sold_at", "2026-01-15T10:08:13Z")),
    ("ok.buy", "an unknown field of money", at("ok/price/scale", 2)),
    ("ok.login", "no token", without("ok/token")),
    ("ok.login", "a username with a space", at("ok/profile/username", "M na")),
    ("ok.list_products.full", "101 products", _repeated("ok/products", 101)),
    ("ok.list_products.full", "a product without an owner", without("ok/products/0/owner")),
    ("ok.list_products.full", "a short picture hash", at("ok/products/0/picture", bytes(31))),
    ("ok.show_product.sold", "no time of sale", without("ok/state/sold/sold_at")),
    ("ok.show_product.sold", "two states", at("ok/state/withdrawn", {})),
    ("ok.show_product.sold", "an unknown state", at("ok/state", {"lost": {}})),
    ("ok.picture", "a width of 0", at("ok/width", 0)),
    ("ok.my_sales.full", "a sale without its buyer", without("ok/products/2/state/sold/buyer")),
    ("ok.my_purchases.full", "no confirmation", without("ok/purchases/0/confirmation")),
    ("error.busy", "no time to wait", without("error/code/busy/after_ms")),
    ("error.busy", "no message", without("error/message")),
    ("error.busy", "two codes", at("error/code/not_found", {})),
    ("error.busy", "no code", at("error/code", {})),
    ("error.already_sold", "a number for a truth value", at("error/code/already_sold/yours", 0)),
    ("error.price_changed", "no price", without("error/code/price_changed/price")),
    ("error.invalid_field", "no reason", without("error/code/invalid_field/reason")),
    ("error.quota", "a negative limit", at("error/code/quota/limit", -1)),
    ("event.ping", "no sequence number", without("seq")),
    ("event.ping", "the sequence number 0", at("seq", 0)),
    ("event.draining", "two events", at("event/ping", {})),
    ("event.draining", "no time to wait", without("event/draining/reconnect_after_ms")),
    ("ok.send_message.kept", "no number", without("ok/number")),
    ("ok.conversations.full", "no latest message", without("ok/conversations/0/last")),
    ("ok.history.full", "101 messages", _repeated("ok/messages", 101)),
    ("ok.history.full", "a message without a text", without("ok/messages/0/text")),
    ("event.message", "the number 0", at("event/message/number", 0)),
    ("event.product_listed", "no products", at("event/product_listed/products", [])),
    ("event.product_sold", "129 products", _repeated("event/product_sold/products", 129)),
    ("event.presence", "nobody who went", without("event/presence/offline")),
    ("event.your_product_sold", "no buyer", without("event/your_product_sold/buyer")),
]

GROWN: list[Variant] = [
    ("hello.server", "a field", at("hello/region", "Beirut")),
    ("hello.server", "a limit", at("hello/limits/messages_per_day", 1000)),
    ("ok.buy", "a field", at("ok/locker", 12)),
    ("ok.buy", "an entry of the envelope", at("took_us", 250)),
    ("ok.logout", "a field", at("ok/sessions_left", 2)),
    ("ok.withdraw_product", "a field", at("ok/withdrawn_at", 1)),
    ("ok.list_products.full", "a field of a product", at("ok/products/0/watchers", 3)),
    ("ok.show_product.for_sale", "a field of a state", at("ok/state/for_sale/since", 1)),
    ("ok.my_sales.full", "a field of a sale", at("ok/products/2/state/sold/collected", True)),
    ("error.not_found", "a detail", at("error/code/not_found/what", "product")),
    ("error.busy", "a field beside the code", at("error/help", "later")),
    ("event.ping", "a detail", at("event/ping/load", 3)),
    ("event.message", "a field", at("event/message/edited_at", 3)),
    ("ok.watch", "a field", at("ok/since", 3)),
]
