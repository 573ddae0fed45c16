//! How the requests in flight are spread over connections: one each, or for HTTP/2 many on few, whichever
//! serves the peer better.

use std::path::Path;

use super::Failure;
use super::arguments::Work;
use super::client::{Client, Dialer, http, ours, rpc};
use super::seeding::token;
use super::side::Side;

/// Connections that HTTP/2 requests may share, beside one each.
const FEW: [u32; 3] = [2, 8, 32];

/// Clients, one for each request in flight.
pub struct Layout {
    /// Connections that they share.
    pub connections: u32,
    /// The clients.
    pub clients: Vec<Client>,
}

/// All layouts of a side, with which one serves for what.
pub struct Fleet {
    /// The layouts, at least one.
    pub layouts: Vec<Layout>,
    chosen: Vec<(Work, usize)>,
}

impl Fleet {
    /// Connects so many clients to a side's server on this port.
    ///
    /// # Errors
    /// The server will not have one.
    pub async fn open(
        side: Side,
        port: u16,
        authority: &Path,
        clients: u32,
    ) -> Result<Self, Failure> {
        let layouts = match side {
            Side::Ours => {
                let options = ours::options(authority, port)?;
                let mut opened = Vec::new();
                for buyer in 0..clients {
                    let client = ours::Client::open(&options, token(buyer)).await?;
                    opened.push(Client::Ours(Box::new(client)));
                }
                vec![Layout {
                    connections: clients,
                    clients: opened,
                }]
            }
            Side::Axum | Side::AxumStore => {
                let dialer = Dialer::new(authority, http::ALPN, port)?;
                let is_page_cbor = side.has_our_store();
                let mut opened = Vec::new();
                for buyer in 0..clients {
                    let token = token(buyer);
                    let client = http::Client::open(&dialer, &token, is_page_cbor).await?;
                    opened.push(Client::Http(Box::new(client)));
                }
                vec![Layout {
                    connections: clients,
                    clients: opened,
                }]
            }
            Side::Tonic => {
                let dialer = Dialer::new(authority, rpc::ALPN, port)?;
                let mut layouts = Vec::new();
                for connections in spreads(clients) {
                    layouts.push(shared(&dialer, connections, clients).await?);
                }
                layouts
            }
        };
        Ok(Self {
            layouts,
            chosen: Vec::new(),
        })
    }

    /// Whether there is anything to choose from.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        self.layouts.len() > 1
    }

    /// Uses the layout in this place for this work from now on.
    pub fn choose(&mut self, work: Work, place: usize) {
        self.chosen.retain(|(of, _)| *of != work);
        self.chosen.push((work, place));
    }

    /// The layout for this work.
    pub fn layout(&mut self, work: Work) -> &mut Layout {
        let chosen = self.chosen.iter().find(|(of, _)| *of == work);
        let place = chosen.map_or(0, |(_, place)| *place);
        &mut self.layouts[place]
    }
}

/// So many connections can be tried for so many clients.
fn spreads(clients: u32) -> Vec<u32> {
    let mut spreads: Vec<u32> = FEW.into_iter().filter(|few| *few < clients).collect();
    spreads.push(clients);
    spreads
}

async fn shared(dialer: &Dialer, connections: u32, clients: u32) -> Result<Layout, Failure> {
    let mut channels = Vec::new();
    for _ in 0..connections {
        channels.push(rpc::Channel::open(dialer).await?);
    }
    let buyers = (0..clients).zip(channels.iter().cycle());
    let client = |(buyer, channel)| Client::Rpc(Box::new(rpc::Client::new(channel, &token(buyer))));
    Ok(Layout {
        connections,
        clients: buyers.map(client).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_connections_and_one_each_are_tried() {
        assert_eq!(spreads(256), [2, 8, 32, 256]);
        assert_eq!(spreads(8), [2, 8]);
    }

    #[test]
    fn what_was_chosen_last_is_used() {
        let layout = |connections| Layout {
            connections,
            clients: Vec::new(),
        };
        let mut fleet = Fleet {
            layouts: vec![layout(2), layout(8)],
            chosen: Vec::new(),
        };
        assert_eq!(fleet.layout(Work::Buy).connections, 2);
        fleet.choose(Work::Buy, 1);
        fleet.choose(Work::Buy, 0);
        fleet.choose(Work::List, 1);
        assert_eq!(fleet.layout(Work::Buy).connections, 2);
        assert_eq!(fleet.layout(Work::List).connections, 8);
    }
}
