//! The thread that starts children.
//!
//! The kernel kills a child that asked for it when the *thread* that started it ends, not when the
//! process does. Threads of a runtime come and go; this one lives as long as the process.

use std::io;
use std::process::{Child, Command};
use std::sync::{LazyLock, mpsc};
use std::thread;

use tokio::sync::oneshot;

/// A child that ends with its owner: killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Ward(pub(super) Child);

impl Drop for Ward {
    fn drop(&mut self) {
        // Neither does anything to a child that has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Order {
    command: Command,
    ward: oneshot::Sender<io::Result<Ward>>,
}

static NURSERY: LazyLock<io::Result<mpsc::Sender<Order>>> = LazyLock::new(|| {
    let (sender, orders) = mpsc::channel::<Order>();
    thread::Builder::new()
        .name("nursery".into())
        .spawn(move || {
            for Order { mut command, ward } in orders {
                // Whoever no longer waits gets no orphan: the ward ends here.
                let _ = ward.send(command.spawn().map(Ward));
            }
        })?;
    Ok(sender)
});

/// Starts a child whose parent, for the kernel, lives as long as this process.
pub(super) async fn spawn(command: Command) -> io::Result<Ward> {
    let orders = NURSERY
        .as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let gone = || io::Error::other("the thread that starts processes has ended");
    let (ward, born) = oneshot::channel();
    orders.send(Order { command, ward }).map_err(|_| gone())?;
    born.await.map_err(|_| gone())?
}
