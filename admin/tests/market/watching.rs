//! What an operator follows.

use crate::following::Following;
use crate::market::Market;

#[test]
fn scripts_follow_the_market_an_event_a_line() {
    let market = Market::start();
    let mut watching = Following::watch(&market, "ops", &["--json"]);
    let mona = market.member("mona");
    let registered = watching.event("user_registered");
    assert_eq!(registered["users"][0]["username"], "mona");
    let opened = watching.event("session_opened");
    assert_eq!(opened["sessions"][0]["username"], "mona");
    mona.sell("Lamp", "6");
    assert_eq!(
        watching.event("product_listed")["products"][0]["name"],
        "Lamp"
    );
    let omar = market.member("omar");
    omar.buy("1");
    assert_eq!(watching.event("sale")["sales"][0]["buyer"], "omar");
    market.text(&["suspend", "mona", "--reason", "fraud", "--yes"]);
    // Which of the two comes first is the server's choice.
    let mut names = Vec::new();
    while names.len() < 2 {
        let line: serde_json::Value = serde_json::from_str(&watching.line()).unwrap();
        let name = line["event"].as_str().unwrap().to_owned();
        if name == "audit_entry" {
            assert_eq!(line["audit"][0]["why"], "fraud");
        }
        if ["audit_entry", "user_changed"].contains(&name.as_str()) {
            names.push(name);
        }
    }
}

#[test]
fn people_follow_one_topic_for_some_lines() {
    let market = Market::start();
    market.member("mona");
    let watching = Following::watch(&market, "ops", &["audit", "--count", "1"]);
    market.text(&["reset-password", "mona", "--why", "asked", "--yes"]);
    let (code, said) = watching.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("audit    ops did reset_password to mona: asked"),
        "{said}"
    );
}

#[test]
fn a_lost_server_is_waited_for() {
    let mut market = Market::start();
    market.member("mona");
    let mut watching = Following::watch(&market, "ops", &["audit", "--json"]);
    market.stop();
    assert!(watching.event("lost")["reason"].is_string());
    market.start_again();
    watching.event("connected");
    market.text(&["reset-password", "mona", "--yes"]);
    assert_eq!(watching.event("audit_entry")["audit"][0]["actor"], "ops");
}

#[test]
fn whoever_is_revoked_sees_nothing_more() {
    let market = Market::start();
    market.join("former");
    let watching = Following::watch(&market, "former", &["--json"]);
    market.revoke("former");
    let (code, said) = watching.end();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("\"code\":\"forbidden\""), "{said}");
}
