//! The program `auboutique-loadtest`.

fn main() {}
