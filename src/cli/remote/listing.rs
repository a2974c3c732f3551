//! Lists of the daemon: the arguments that every one of them has, and the asking.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::str::FromStr;

use clap::Arg;
use serde::de::DeserializeOwned;

use super::Remote;
use crate::cli::Printer;

/// Which part of a list is shown, and how; a command says with [`behind`] what `after` names.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Listing<Id>
where
    Id: FromStr<Err: Into<Box<dyn Error + Send + Sync>>> + Clone + Send + Sync + 'static,
{
    /// How many to show at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u16,
    #[arg(long)]
    after: Option<Id>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Says that a list goes on behind one of what it lists.
pub(in crate::cli) fn behind(one: &'static str) -> impl FnOnce(Arg) -> Arg {
    let help = format!("Go on behind this {}", one.to_lowercase());
    move |after| after.value_name(one).help(help)
}

impl<Id> Listing<Id>
where
    Id: FromStr<Err: Into<Box<dyn Error + Send + Sync>>> + Display + Clone + Send + Sync + 'static,
{
    /// Asks for this part of what fits `only`, the parameters that have a value; prints it.
    pub(in crate::cli) fn ask<View: DeserializeOwned>(
        &self,
        path: &str,
        only: &[(&str, Option<&str>)],
        remote: &Remote,
        printer: &mut Printer<'_>,
        page: impl FnOnce(&View, &mut Printer<'_>) -> io::Result<()>,
    ) -> anyhow::Result<View> {
        let (limit, after) = (self.limit.to_string(), self.after.as_ref().map(Id::to_string));
        let mut query = vec![("limit", limit.as_str())];
        query.extend(only.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
        query.extend(after.as_deref().map(|after| ("after", after)));
        let answer = remote.get(path, &query)?;
        remote.read_and_print(&answer, self.json, printer, page)
    }
}
