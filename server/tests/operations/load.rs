//! A backup that is taken while everybody buys and sells, restored and compared with what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::time::Duration;

use auboutique_client::Client;
use auboutique_protocol::accounts::ExportAccount;
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{Picture, PictureSize, Sell};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::{Buy, MyPurchases};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::backup::{command, place};
use crate::common::{book, sell, usd};
use crate::process::{Process, output, program};

/// What buyers do while a backup is taken: each buys one product after the other, the last few only
/// once the backup is there.
struct Buyer {
    client: Client,
    products: Vec<ProductId>,
    confirmed: mpsc::Sender<Confirmed>,
    taken: watch::Receiver<bool>,
}

/// A purchase, and the bytes of its confirmation.
struct Confirmed {
    buyer: usize,
    request: Buy,
    reply: Vec<u8>,
}

impl Buyer {
    const AFTERWARDS: usize = 5;

    async fn buy_all(mut self, buyer: usize) {
        let before = self.products.len() - Self::AFTERWARDS;
        for (number, product) in self.products.into_iter().enumerate() {
            if number == before {
                self.taken.wait_for(|taken| *taken).await.unwrap();
            }
            let request = Buy {
                key: Key::now(),
                price: usd(1250),
                product,
            };
            let reply = self.client.call_raw(&request).await.unwrap();
            let confirmed = Confirmed {
                buyer,
                request,
                reply,
            };
            self.confirmed.send(confirmed).await.unwrap();
        }
    }
}

/// Lists products with pictures of their own until the backup is there.
async fn list_pictures(client: Client, taken: watch::Receiver<bool>) {
    for number in 0..=u8::MAX {
        if *taken.borrow() {
            return;
        }
        client.call(&pictured(number)).await.unwrap();
    }
}

/// A product with a picture that no other number has.
fn pictured(number: u8) -> Sell {
    let image = RgbImage::from_pixel(64, 48, Rgb([number, 80, 255 - number]));
    let mut file = Cursor::new(Vec::new());
    let written = DynamicImage::from(image).write_to(&mut file, ImageFormat::Png);
    written.unwrap();
    Sell {
        picture: Some(ByteString(file.into_inner())),
        ..book(&format!("Lamp {number}"), 100)
    }
}

/// Every product of a seller that has a picture, with the hash of the picture that the server has.
async fn pictures_of(client: &Client) -> BTreeMap<ProductId, Vec<u8>> {
    let mut pictures = BTreeMap::new();
    let mut request = ExportAccount::default();
    loop {
        let page = client.call(&request).await.unwrap();
        for product in page.products {
            let Some(hash) = product.picture else {
                continue;
            };
            let size = PictureSize::Full;
            let id = product.id;
            let picture = client.call(&Picture { id, size }).await.unwrap();
            assert_eq!(Sha256::digest(&picture.data.0)[..], hash.0, "{id}");
            pictures.insert(id, picture.data.0);
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            return pictures;
        }
    }
}

async fn purchases_of(client: &Client) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let mut request = MyPurchases::default();
    loop {
        let page = client.call(&request).await.unwrap();
        keys.extend(
            page.purchases
                .iter()
                .map(|purchase| purchase.confirmation.purchase),
        );
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return keys,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_every_sale_that_was_confirmed_before_it_began() {
    const BUYERS: usize = 4;
    const EACH: usize = 45;
    let (directory, data_dir, backup) = place();
    let server = Process::start(&data_dir);
    let (mona, nadia) = (server.user("mona").await, server.user("nadia").await);
    for number in 0..10 {
        mona.call(&pictured(number)).await.unwrap();
    }
    let pictures = pictures_of(&mona).await;
    assert_eq!(pictures.len(), 10);
    let (confirmed, mut bought) = mpsc::channel(BUYERS * EACH);
    let (taken, is_taken) = watch::channel(false);
    let mut buying = Vec::new();
    for number in 0..BUYERS {
        let mut products = Vec::new();
        for item in 0..EACH {
            products.push(sell(&mona, &format!("Book {number} {item}"), 1250).await);
        }
        buying.push(Buyer {
            client: server.user(&format!("omar{number}")).await,
            products,
            confirmed: confirmed.clone(),
            taken: is_taken.clone(),
        });
    }
    drop(confirmed);
    let mut working = JoinSet::new();
    for (number, buyer) in buying.into_iter().enumerate() {
        working.spawn(buyer.buy_all(number));
    }
    working.spawn(list_pictures(nadia.clone(), is_taken));
    let mut all = Vec::new();
    while all.len() < BUYERS * EACH / 3 {
        all.push(bought.recv().await.unwrap());
    }
    // The others go on buying meanwhile.
    let before = all.len();
    let mut taking = program(&command("backup", &backup, &data_dir));
    let taking = tokio::task::spawn_blocking(move || taking.output().unwrap());
    let mut during = 0;
    while !taking.is_finished() {
        let patience = Duration::from_millis(5);
        if let Ok(confirmed) = timeout(patience, bought.recv()).await {
            all.push(confirmed.unwrap());
            during += 1;
        }
    }
    taken.send_replace(true);
    while let Some(confirmed) = bought.recv().await {
        all.push(confirmed);
    }
    working.join_all().await;
    let taken = taking.await.unwrap();
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert_eq!(all.len(), BUYERS * EACH);
    assert!(during > 0, "nobody bought while the backup was taken");
    server.stop();

    let restored = directory.path().join("restored");
    let output = output(&command("restore", &backup, &restored));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let server = Process::start(&restored);
    let mut omars = Vec::new();
    let mut kept = BTreeSet::new();
    for number in 0..BUYERS {
        let omar = server.login(&format!("omar{number}")).await;
        kept.extend(purchases_of(&omar).await);
        omars.push(omar);
    }
    let key = |confirmed: &Confirmed| confirmed.request.key;
    assert!(all[..before].iter().map(key).all(|key| kept.contains(&key)));
    let ever: BTreeSet<Key> = all.iter().map(key).collect();
    assert!(
        kept.is_subset(&ever) && kept.len() < ever.len(),
        "{}",
        kept.len()
    );
    // Who asks again for what was kept gets the confirmation of then, byte for byte.
    for confirmed in all
        .iter()
        .filter(|confirmed| kept.contains(&key(confirmed)))
    {
        let again = omars[confirmed.buyer].call_raw(&confirmed.request).await;
        assert!(again.unwrap() == confirmed.reply, "another confirmation");
    }
    // What was not sold then can be sold now, and the market goes on.
    let lost = all.iter().find(|confirmed| !kept.contains(&key(confirmed)));
    let lost = lost.unwrap();
    omars[lost.buyer].call(&lost.request).await.unwrap();
    let (mona, nadia) = (server.login("mona").await, server.login("nadia").await);
    assert!(pictures_of(&mona).await == pictures, "other pictures");
    // Whatever of hers is in the backup, its picture is there too.
    pictures_of(&nadia).await;
    sell(&mona, "One more", 100).await;
    server.stop();
}
