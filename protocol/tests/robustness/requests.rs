//! Every request with arbitrary values in its fields.

use auboutique_protocol::accounts::{
    ChangePassword, DeleteAccount, ExportAccount, Login, Logout, MyQuota, Password, Ping, Register,
    Resume, WhoAmI,
};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::MemberCall;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ListSellers, Picture, PictureSize, Sell, ShowProduct, Sort,
    WithdrawProduct,
};
use auboutique_protocol::chat::{Conversations, History, IfOffline, MarkRead, SendMessage};
use auboutique_protocol::event::{Topic, Watch};
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::presence::Presence;
use auboutique_protocol::purchases::{Buy, MyPurchases, MySales};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn any_request() -> impl Strategy<Value = MemberCall> {
    let strategies = prop_oneof![
        register().prop_map(MemberCall::Register),
        login().prop_map(MemberCall::Login),
        any::<[u8; 32]>().prop_map(|token| MemberCall::Resume(Resume {
            token: Token(token)
        })),
        select(vec![
            MemberCall::Ping(Ping {}),
            MemberCall::Logout(Logout {}),
            MemberCall::WhoAmI(WhoAmI {}),
            MemberCall::MyQuota(MyQuota {}),
        ]),
        list_products().prop_map(MemberCall::ListProducts),
        product().prop_map(|id| MemberCall::ShowProduct(ShowProduct { id })),
        picture().prop_map(MemberCall::Picture),
        page().prop_map(|(limit, cursor)| MemberCall::ListSellers(ListSellers { limit, cursor })),
        sell().prop_map(MemberCall::Sell),
        buy().prop_map(MemberCall::Buy),
        page().prop_map(|(limit, cursor)| MemberCall::MyPurchases(MyPurchases { limit, cursor })),
        page().prop_map(|(limit, cursor)| MemberCall::MySales(MySales { limit, cursor })),
        edit().prop_map(MemberCall::EditProduct),
        product().prop_map(|id| MemberCall::WithdrawProduct(WithdrawProduct { id })),
        vec(text(), 0..5).prop_map(|names| MemberCall::Presence(Presence { names })),
        (password(), password())
            .prop_map(|(new, old)| MemberCall::ChangePassword(ChangePassword { new, old })),
        page().prop_map(|(_, cursor)| MemberCall::ExportAccount(ExportAccount { cursor })),
        password().prop_map(|password| MemberCall::DeleteAccount(DeleteAccount { password })),
        send_message().prop_map(MemberCall::SendMessage),
        page()
            .prop_map(|(limit, cursor)| MemberCall::Conversations(Conversations { limit, cursor })),
        history().prop_map(MemberCall::History),
        (any::<u64>(), text())
            .prop_map(|(upto, with)| MemberCall::MarkRead(MarkRead { upto, with })),
        vec(select(vec![Topic::Products, Topic::Presence]), 0..4)
            .prop_map(|topics| MemberCall::Watch(Watch { topics })),
    ];
    strategies.prop_map(every_variant_is_above)
}

/// A request that is new in the table does not compile here until [`any_request`] makes it.
fn every_variant_is_above(request: MemberCall) -> MemberCall {
    match &request {
        MemberCall::Register(_)
        | MemberCall::Login(_)
        | MemberCall::Resume(_)
        | MemberCall::Ping(_)
        | MemberCall::Logout(_)
        | MemberCall::WhoAmI(_)
        | MemberCall::ListProducts(_)
        | MemberCall::ShowProduct(_)
        | MemberCall::Picture(_)
        | MemberCall::ListSellers(_)
        | MemberCall::Sell(_)
        | MemberCall::Buy(_)
        | MemberCall::MyPurchases(_)
        | MemberCall::MySales(_)
        | MemberCall::EditProduct(_)
        | MemberCall::WithdrawProduct(_)
        | MemberCall::Presence(_)
        | MemberCall::ChangePassword(_)
        | MemberCall::MyQuota(_)
        | MemberCall::ExportAccount(_)
        | MemberCall::DeleteAccount(_)
        | MemberCall::SendMessage(_)
        | MemberCall::Conversations(_)
        | MemberCall::History(_)
        | MemberCall::MarkRead(_)
        | MemberCall::Watch(_) => request,
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z ]{0,300}"]
}

fn password() -> impl Strategy<Value = Password> {
    text().prop_map(|text| Password::from(text.as_str()))
}

fn key() -> impl Strategy<Value = Key> {
    any::<[u8; 16]>().prop_map(Key)
}

fn product() -> impl Strategy<Value = ProductId> {
    any::<u64>().prop_map(ProductId)
}

fn money() -> impl Strategy<Value = Money> {
    let currency = select(vec![Currency::Usd, Currency::Eur, Currency::Lbp]);
    (any::<u64>(), currency).prop_map(|(minor, currency)| Money { minor, currency })
}

fn bytes() -> impl Strategy<Value = ByteString> {
    vec(any::<u8>(), 0..600).prop_map(ByteString)
}

fn page() -> impl Strategy<Value = (Option<u32>, Option<Cursor>)> {
    let cursor = vec(any::<u8>(), 0..=64).prop_map(Cursor::new);
    (of(any::<u32>()), of(cursor))
}

fn send_message() -> impl Strategy<Value = SendMessage> {
    let if_offline = select(vec![IfOffline::Refuse, IfOffline::Keep]);
    let fields = (text(), key(), text(), of(product()), if_offline);
    fields.prop_map(|(to, key, text, about, if_offline)| SendMessage {
        to,
        key,
        text,
        about,
        if_offline,
    })
}

fn history() -> impl Strategy<Value = History> {
    let number = || of(any::<u64>());
    let fields = (text(), number(), of(any::<u32>()), number());
    fields.prop_map(|(with, after, limit, before)| History {
        with,
        after,
        limit,
        before,
    })
}

fn register() -> impl Strategy<Value = Register> {
    (text(), text(), password(), text()).prop_map(|(name, email, password, username)| Register {
        name,
        email,
        password,
        username,
    })
}

fn login() -> impl Strategy<Value = Login> {
    (password(), text()).prop_map(|(password, username)| Login { password, username })
}

fn list_products() -> impl Strategy<Value = ListProducts> {
    let sort = select(vec![
        Sort::Newest,
        Sort::Oldest,
        Sort::Cheapest,
        Sort::Dearest,
    ]);
    let fields = (
        of(sort),
        page(),
        of(text()),
        of(text()),
        of(text()),
        of(money()),
        of(money()),
    );
    fields.prop_map(
        |(sort, (limit, cursor), text, owner, category, price_max, price_min)| ListProducts {
            sort,
            text,
            limit,
            owner,
            cursor,
            category,
            price_max,
            price_min,
        },
    )
}

fn picture() -> impl Strategy<Value = Picture> {
    let size = select(vec![PictureSize::Full, PictureSize::Thumbnail]);
    (product(), size).prop_map(|(id, size)| Picture { id, size })
}

fn sell() -> impl Strategy<Value = Sell> {
    (key(), text(), money(), of(bytes()), text(), text()).prop_map(
        |(key, name, price, picture, category, description)| Sell {
            key,
            name,
            price,
            picture,
            category,
            description,
        },
    )
}

fn edit() -> impl Strategy<Value = EditProduct> {
    let fields = (product(), of(text()), of(money()), of(text()), of(text()));
    fields.prop_map(|(id, name, price, category, description)| EditProduct {
        id,
        name,
        price,
        category,
        description,
    })
}

fn buy() -> impl Strategy<Value = Buy> {
    (key(), money(), product()).prop_map(|(key, price, product)| Buy {
        key,
        price,
        product,
    })
}
