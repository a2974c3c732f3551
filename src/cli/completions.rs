//! `muniment completions`: the script that completes commands in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, Printer};

/// Print the script that completes `muniment` commands in your shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment completions bash > ~/.local/share/bash-completion/completions/muniment
  muniment completions zsh > ~/.zfunc/_muniment
  muniment completions fish > ~/.config/fish/completions/muniment.fish")]
pub(super) struct Args {
    /// Which shell.
    shell: Shell,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "muniment", &mut script);
    printer.bytes(&script)?;
    Ok(Exit::Fine)
}
