//! gRPC with tonic, and a pool of SQLite connections with sqlx.

use std::process::ExitCode;
use std::sync::Arc;

use auboutique_peers::arguments::Arguments;
use auboutique_peers::market::Market;
use auboutique_peers::rpc;
use auboutique_peers::serving::{ServeError, acceptor, end, serve};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    end(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), ServeError> {
    let acceptor = acceptor(&arguments.cert, &arguments.key, rpc::ALPN)?;
    let market = Arc::new(Market::open(&arguments).await?);
    let shared = Arc::clone(&market);
    serve(acceptor, move |stream| {
        rpc::connection(Arc::clone(&shared), arguments.clone(), stream)
    })
    .await?;
    market.close().await;
    Ok(())
}
