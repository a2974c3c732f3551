//! `muniment policy list`: the schedules that come with the program.

use serde_json::json;

use crate::cli::{Exit, Printer};
use crate::policy::shipped::SHIPPED;

/// List the schedules that come with the program.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let mut shown = vec![];
    for shipped in SHIPPED {
        let schedule = shipped.schedule()?;
        shown.push(json!({
            "name": schedule.name,
            "version": schedule.version,
            "title": schedule.title,
            "authority": schedule.authority,
            "jurisdictions": schedule.jurisdictions,
            "rules": schedule.rules.len(),
        }));
        if !args.json {
            printer.line(format!("{:14} {}", schedule.name, schedule.title))?;
        }
    }
    if args.json {
        printer.line(format!("{:#}", json!(shown)))?;
    } else {
        printer.line(printer.faint("\n`muniment policy show NAME` prints one, to begin with."))?;
    }
    Ok(Exit::Fine)
}
