//! The program `auboutique-admin`; all of it is in the library beside this.

use std::process::ExitCode;

fn main() -> ExitCode {
    auboutique_admin::main()
}
