//! What an operator does.

use serde_json::json;

use crate::following::Following;
use crate::market::{Market, Member};

/// A member who stays connected.
fn live(member: &Member<'_>) -> Following {
    let mut watching = Following::start(member.watch());
    watching.expect_note("Watching the market");
    watching
}

#[test]
fn a_disconnected_client_is_told_why_and_has_to_log_in_again() {
    let market = Market::start();
    let mona = market.member("mona");
    let watching = live(&mona);
    let ended = market.json(&["disconnect", "MONA", "--why", "a phone was lost", "--yes"]);
    assert_eq!(
        ended,
        json!({"username": "mona", "sessions": 1, "connections": 1})
    );
    let (code, said) = watching.end();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("a phone was lost"), "{said}");
    mona.auboutique(&["whoami"]).assert().code(4);
    mona.log_in_again().success();
}

#[test]
fn one_session_ends_and_another_stays() {
    let market = Market::start();
    let (mona, omar) = (market.member("mona"), market.member("omar"));
    let (monas, omars) = (live(&mona), live(&omar));
    let sessions = market.json(&["sessions", "--user", "mona"]);
    let number = sessions["sessions"][0]["session"].to_string();
    let ended = market.json(&["disconnect", "--session", &number, "-y"]);
    assert_eq!(ended["connections"], 1);
    assert_eq!(ended["session"].to_string(), number);
    assert_eq!(monas.end().0, Some(4));
    let left = market.json(&["sessions"]);
    assert_eq!(left["sessions"][0]["username"], "omar");
    drop(omars);
    let gone = market.refused(3, &["disconnect", "--session", &number, "--yes"]);
    assert!(
        gone["message"]
            .as_str()
            .unwrap()
            .contains("is not connected"),
        "{gone}"
    );
}

#[test]
fn a_suspended_user_cannot_log_in_and_sells_nothing_until_reinstated() {
    let market = Market::start();
    let (mona, omar) = (market.member("mona"), market.member("omar"));
    mona.sell("Lamp", "6");
    let watching = live(&mona);
    let suspend = [
        "suspend",
        "mona",
        "--reason",
        "sold what was not hers",
        "--yes",
    ];
    let done = market.json(&suspend);
    let expected =
        json!({"username": "mona", "sessions": 1, "connections": 1, "products_hidden": 1});
    assert_eq!(done, expected);
    assert_eq!(watching.end().0, Some(4));
    let refused = mona.log_in_again().code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        said.contains("suspended") && said.contains("sold what was not hers"),
        "{said}"
    );
    let products = omar.auboutique(&["products"]).assert().success();
    assert!(!String::from_utf8_lossy(&products.get_output().stdout).contains("Lamp"));
    let users = market.json(&["users", "--state", "suspended"]);
    assert_eq!(
        users["users"][0]["suspension_reason"],
        "sold what was not hers"
    );

    let twice = market.refused(1, &suspend);
    assert_eq!(twice["message"], "mona is suspended already");
    assert_eq!(twice["reason"], "already_suspended");
    let done = market.json(&["reinstate", "mona", "--why", "it was settled"]);
    assert_eq!(done, json!({"username": "mona", "products_shown": 1}));
    mona.log_in_again().success();
    let again = market.refused(1, &["reinstate", "mona"]);
    assert_eq!(again["message"], "mona is not suspended");
}

#[test]
fn a_one_time_password_only_serves_to_choose_another() {
    let market = Market::start();
    let mona = market.member("mona");
    let password = market.text(&["reset-password", "mona", "--yes", "--quiet"]);
    let password = password.trim();
    let login = mona.log_in(password);
    let said = String::from_utf8_lossy(&login.get_output().stderr).into_owned();
    assert!(said.contains("must be changed"), "{said}");
    assert_eq!(market.json(&["user", "mona"])["must_change_password"], true);
    mona.auboutique(&["passwd", "--password-stdin"])
        .write_stdin(format!("{password}\nnine red foxes cross slowly\n"))
        .assert()
        .success();
    mona.auboutique(&["products"]).assert().success();
    // Last, because a failed login holds up the next.
    mona.log_in_again().code(4);
}

#[test]
fn a_product_is_removed_once_and_never_after_its_sale() {
    let market = Market::start();
    let (mona, omar) = (market.member("mona"), market.member("omar"));
    let (knife, book) = (mona.sell("Knife", "6"), mona.sell("Book", "7"));
    omar.buy(&book);
    let remove = |id| ["remove-product", id, "--reason", "no weapons", "-y"];
    assert_eq!(market.json(&remove(&knife))["removed"], true);
    let products = market.json(&["products", "--state", "removed"]);
    assert_eq!(products["products"][0]["removal_reason"], "no weapons");
    assert_eq!(market.refused(6, &remove(&knife))["code"], "withdrawn");
    assert_eq!(market.refused(6, &remove(&book))["code"], "already_sold");
    let unknown = market.refused(3, &remove("999"));
    assert_eq!(unknown["message"], "there is no product 999");
    // Its owner is told, at the latest beside the next command.
    let told = mona.auboutique(&["inbox"]).assert().success();
    let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(told.contains("no weapons"), "{told}");
}

#[test]
fn everybody_online_hears_an_announcement() {
    let market = Market::start();
    let mona = market.member("mona");
    let mut watching = live(&mona);
    let said = market.json(&["announce", "The market closes at noon.", "--yes"]);
    assert_eq!(said["connections"], 1);
    assert!(watching.line().contains("The market closes at noon."));
}

#[test]
fn the_audit_keeps_who_did_what_to_whom_and_why() {
    let market = Market::start();
    let mona = market.member("mona");
    let knife = mona.sell("Knife", "6");
    market.join("second");
    market.text(&["disconnect", "mona", "--why", "=1+1", "--yes"]);
    market.text(&["suspend", "mona", "--reason", "fraud", "--yes"]);
    market.text(&["reinstate", "mona"]);
    market.text(&["reset-password", "mona", "--yes"]);
    market.text(&["remove-product", &knife, "--reason", "no weapons", "--yes"]);
    market
        .nobody(&["announce", "Good\nday.", "--yes", "--identity"])
        .arg(market.path("data/admins/second"))
        .assert()
        .success();

    let audit = market.json(&["audit"]);
    let entries = audit["audit"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    let expected = [
        "announce",
        "remove_product",
        "reset_password",
        "reinstate",
        "suspend",
        "disconnect",
    ];
    assert_eq!(actions, expected);
    assert_eq!(entries[0]["actor"], "second");
    assert_eq!(entries[0]["text"], "Good\nday.");
    assert_eq!(entries[1]["product"].to_string(), knife);
    assert_eq!(entries[1]["username"], "mona");
    assert_eq!(entries[4]["why"], "fraud");
    assert_eq!(entries[5]["number"], 1);
    let second = market.json(&["audit", "--actor", "second"]);
    assert_eq!(second["audit"].as_array().unwrap().len(), 1);
    let monas = market.json(&["audit", "--user", "mona"]);
    assert_eq!(monas["audit"].as_array().unwrap().len(), 5);
    let csv = market.text(&["audit", "--csv"]);
    assert!(
        csv.contains(",'=1+1,") && csv.contains("\"Good\nday.\""),
        "{csv}"
    );
    assert!(market.text(&["audit"]).contains("everybody online"));
}
