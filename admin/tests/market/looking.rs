//! What an operator sees.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::following::Following;
use crate::market::Market;

#[test]
fn the_walk_of_a_book_is_seen_from_all_sides() {
    let market = Market::start();
    let (mona, omar) = (market.member("mona"), market.member("omar"));
    let book = mona.sell("Calculus, 9th edition", "12.50");
    mona.sell("Lamp", "6");
    omar.buy(&book);

    let users = market.json(&["users"]);
    let names: Vec<_> = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["mona", "omar"]);
    assert_eq!(users["users"][0]["state"], "active");
    assert_eq!(users["users"][0]["products_for_sale"], 1);
    assert_eq!(users["users"][1]["purchases"], 1);

    let price = json!({"minor": 1250, "currency": "USD"});
    let sales = market.json(&["sales"]);
    let sale = &sales["sales"][0];
    assert_eq!(sale["product"].to_string(), book);
    for (field, value) in [("seller", "mona"), ("buyer", "omar")] {
        assert_eq!(sale[field], value);
    }
    assert_eq!(sale["price"], price);
    assert!(sale["sold_at"].as_str().unwrap().ends_with('Z'), "{sale}");
    assert_eq!(sales["totals"], json!({"count": 1, "sum": price}));
    assert_eq!(
        market.json(&["sales", "--seller", "omar"])["sales"],
        json!([])
    );

    let products = market.json(&["products", "--owner", "mona", "--state", "sold"]);
    assert_eq!(products["products"][0]["buyer"], "omar");
    let detail = market.json(&["user", "mona"]);
    assert_eq!(detail["revenue"], price);
    assert_eq!(detail["email"], "mona@example.org");
    let now = market.json(&["stats"])["now"].clone();
    assert_eq!(now["users"], 2);
    assert_eq!(now["sales_today"], 1);
    let days = market.json(&["stats", "--series", "day"]);
    assert_eq!(
        days["points"].as_array().unwrap().last().unwrap()["sales"],
        1
    );

    // And for people.
    let table = market.text(&["sales"]);
    assert!(
        table.contains("Calculus") && table.contains("In all 1 sale, 12.50 USD."),
        "{table}"
    );
    assert!(
        market
            .text(&["user", "mona"])
            .contains("mona (mona of Beirut)")
    );
    assert!(
        market
            .text(&["stats", "--series", "hour"])
            .contains("Sales today")
    );
}

#[test]
fn a_live_client_is_among_the_sessions() {
    let market = Market::start();
    let mona = market.member("mona");
    assert_eq!(market.json(&["sessions"])["sessions"], json!([]));
    let mut watching = Following::start(mona.watch());
    watching.expect_note("Watching the market");
    let sessions = market.json(&["sessions"]);
    let live = &sessions["sessions"][0];
    assert_eq!(live["username"], "mona");
    assert!(
        live["address"].as_str().unwrap().starts_with("127.0.0.1"),
        "{live}"
    );
    assert!(
        live["agent"].as_str().unwrap().starts_with("auboutique/"),
        "{live}"
    );
    assert_eq!(market.json(&["user", "mona"])["connections"], 1);
    let table = market.text(&["sessions", "--user", "mona"]);
    assert!(table.contains("mona"), "{table}");
    assert!(market.text(&["users"]).contains("online"));
}

#[test]
fn a_list_goes_on_where_it_ended() {
    let market = Market::start();
    let mona = market.member("mona");
    for name in ["one", "two", "three"] {
        mona.sell(name, "1");
    }
    let first = market.json(&["products", "--limit", "2"]);
    assert_eq!(first["products"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let rest = market.json(&["products", "--cursor", next]);
    assert_eq!(rest["products"][0]["name"], "one");
    assert!(rest.get("next").is_none(), "{rest}");
    let all = market.json(&["products", "--all"]);
    assert_eq!(all["products"].as_array().unwrap().len(), 3);
    let outcome = market.ops(&["products", "--limit", "1"]).assert().success();
    let note = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(
        note.contains("There are more: --all lists them all"),
        "{note}"
    );
}

#[test]
fn what_members_type_is_no_formula_in_a_spreadsheet() {
    let market = Market::start();
    let mona = market.member("mona");
    mona.sell("=HYPERLINK(\"http://evil.example\",\"x\")", "12.50");
    let csv = market.text(&["products", "--csv"]);
    let mut lines = csv.split("\r\n");
    let head = "id,name,owner,price,currency,category,listed_at,state,buyer,sold_at,removal_reason";
    assert_eq!(lines.next(), Some(head));
    let start = "1,\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",mona,12.50,USD,";
    let record = lines.next().unwrap();
    assert!(record.starts_with(start), "{record}");
    assert_eq!(lines.next(), Some(""));
}

#[test]
fn sales_are_exported_first_first_and_never_over_a_file() {
    let market = Market::start();
    let (mona, omar) = (market.member("mona"), market.member("omar"));
    for name in ["one", "two"] {
        omar.buy(&mona.sell(name, "2.25"));
    }
    let file = market.path("sales.csv");
    let path = file.to_str().unwrap();
    let export = [
        "export",
        "sales",
        "--from",
        "2026-01-01",
        "--csv",
        "-o",
        path,
    ];
    let saved = market.json(&export);
    assert_eq!(saved["sales"], 2);
    assert_eq!(saved["sum"]["minor"], 450);
    let content = std::fs::read_to_string(&file).unwrap();
    let names: Vec<_> = content
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap())
        .collect();
    assert_eq!(names, ["one", "two"]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let exists = market.refused(1, &export);
    assert!(
        exists["message"].as_str().unwrap().ends_with("exists"),
        "{exists}"
    );
    market.ops(&export).arg("--force").assert().success();
    assert_eq!(market.text(&["export", "sales"]), content);
    // Nothing was sold before the market was.
    let before = ["export", "sales", "--to", "2020-01-01"];
    assert_eq!(market.text(&before).lines().count(), 1);
}
