//! `muniment policy show`: the file of a schedule that comes with the program.

use crate::cli::{Exit, Printer};
use crate::policy::shipped::{SHIPPED, shipped};

/// Print the file of a schedule that comes with the program, to begin with.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment policy show mifid-ii
  muniment policy show mifid-ii > ours.toml

Exit codes: 0 fine; 5 there is no such schedule.")]
pub(super) struct Args {
    /// Its name, as `muniment policy list` tells it.
    name: String,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    match shipped(&args.name) {
        Some(shipped) => {
            printer.bytes(shipped.text.as_bytes())?;
            Ok(Exit::Fine)
        }
        None => {
            let names = SHIPPED.map(|shipped| shipped.name).join(", ");
            eprintln!("muniment: there is no schedule of that name; there are {names}");
            Ok(Exit::Nothing)
        }
    }
}
