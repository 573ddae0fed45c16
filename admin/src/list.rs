//! Lists: followed from page to page, and printed as JSON, as CSV or as a table.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::Output;
use auboutique_client::terminal::paging::{Pages, cursor_text};
use auboutique_client::{AdminClient, Error};
use auboutique_protocol::admin::SalesTotals;
use auboutique_protocol::call::AdminRequest;
use auboutique_protocol::limits::PAGE_ITEMS_DEFAULT;
use auboutique_protocol::page::Cursor;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::args::Paging;
use crate::context::Context;
use crate::fields::{Fields, csv_lines, objects};

/// A request for a page of a list.
pub(crate) trait Listing: AdminRequest {
    /// What the list holds.
    type Item: Fields;
    /// What it is called in JSON.
    const KEY: &'static str;

    /// Asks for so many items from there on.
    fn turn(&mut self, limit: u32, cursor: Option<Cursor>);

    /// Takes a page apart.
    fn page(reply: Self::Reply) -> Page<Self::Item>;

    /// The list for people.
    fn table(items: &[Self::Item], out: Output) -> Vec<String>;
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
    /// Only sales have them, on the first page.
    pub(crate) totals: Option<SalesTotals>,
}

/// What was seen of a list.
pub(crate) struct Seen<T> {
    pub(crate) pages: Pages<T>,
    pub(crate) totals: Option<SalesTotals>,
}

/// Follows a list until so many items were seen, or all.
pub(crate) async fn follow<R: Listing>(
    client: &AdminClient,
    mut request: R,
    wanted: Option<u32>,
    start: Option<Cursor>,
) -> Result<Seen<R::Item>, Error> {
    let mut seen = Seen {
        pages: Pages::new(wanted, start),
        totals: None,
    };
    loop {
        request.turn(seen.pages.limit(), seen.pages.next.clone());
        let page = R::page(client.call(&request).await?);
        seen.totals = seen.totals.or(page.totals);
        if !seen.pages.add(page.items, page.next) {
            return Ok(seen);
        }
    }
}

/// Reads a list and prints it.
pub(crate) async fn print<R: Listing>(
    context: &Context,
    request: R,
    paging: Paging,
) -> Result<(), Failure> {
    let out = context.out;
    refuse_both(out, paging.csv)?;
    let default = (!paging.all).then_some(PAGE_ITEMS_DEFAULT);
    let client = context.connect().await?;
    let wanted = paging.limit.or(default);
    let seen = follow(&client, request, wanted, paging.cursor).await?;
    client.close().await;
    let items = &seen.pages.items;
    if paging.csv {
        out.lines(csv_lines(items))?;
    } else {
        out.result(&List::<R>(&seen), || {
            let mut lines = out.with_heading(R::table(items, out));
            lines.extend(seen.totals.map(|totals| totals_line(&totals)));
            lines
        })?;
    }
    if let Some(next) = seen.pages.next.as_ref().filter(|_| !out.json) {
        let next = cursor_text(next);
        out.note(&format!(
            "There are more: --all lists them all, --cursor {next} goes on."
        ));
    }
    Ok(())
}

/// Two forms at once are none.
pub(crate) fn refuse_both(out: Output, csv: bool) -> Result<(), Failure> {
    if csv && out.json {
        return Err(Failure::usage("--json and --csv both want standard output"));
    }
    Ok(())
}

pub(crate) fn totals_line(totals: &SalesTotals) -> String {
    let (count, sum) = (totals.count, totals.sum);
    let sales = if count == 1 { "sale" } else { "sales" };
    format!("In all {count} {sales}, {sum}.")
}

/// A list as a JSON object.
struct List<'a, R: Listing>(&'a Seen<R::Item>);

impl<R: Listing> Serialize for List<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(R::KEY, &objects(&self.0.pages.items))?;
        if let Some(totals) = &self.0.totals {
            map.serialize_entry("totals", totals)?;
        }
        if let Some(next) = &self.0.pages.next {
            map.serialize_entry("next", &cursor_text(next))?;
        }
        map.end()
    }
}
