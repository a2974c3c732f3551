//! The `muniment` command: what it is told, what it prints, how it exits.
//!
//! A file a command. Results go to standard output, everything else to standard
//! error. A failure says what could not be done, why, and what to do about it.
//! Secrets never stand in the arguments: they come from files or from the
//! environment.

mod certificate;
mod choice;
mod completions;
mod consent;
mod disposition;
mod doctor;
mod event;
mod exit;
mod finding;
mod hold;
pub(crate) mod init;
mod input;
mod keygen;
mod load;
mod log;
mod new_file;
mod policy;
mod printer;
mod receipt;
mod remote;
mod search;
mod serve;
mod settings;
mod show;
mod subject;
mod tag;
mod text;
mod thread;
mod token;
mod verify;
mod vkeys;
mod witness;
mod words;
mod wrong;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, DEFAULT_FILE, Environment};
use crate::telemetry;

use exit::Exit;
use printer::Printer;

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  it failed; standard error says why and what to do
  2  the command was not understood
  3  something was verified and is wrong
  4  verify or doctor found nothing wrong, but could not look at everything
  5  nothing was found, or there is no such record

docs/OPERATING.md is the manual.";

/// Keeps a business's messages as evidence: sealed, in a signed log that nobody can rewrite.
///
/// Muniment takes in what a messaging provider delivers, seals it, and writes it
/// into a log to which entries are only ever added. Whoever searches or reads is
/// written down in the same log. Anybody with the log's public key can check that
/// nothing was altered or removed.
///
/// Begin with `muniment init`, then `muniment serve`.
#[derive(Debug, Parser)]
#[command(name = "muniment", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "MUNIMENT_CONFIG",
        default_value = DEFAULT_FILE
    )]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Serve(serve::Args),
    Search(search::Args),
    Show(show::Args),
    Thread(thread::Args),
    Consent(consent::Args),
    Receipt(receipt::Args),
    Verify(verify::Args),
    Doctor(doctor::Args),
    Log(log::Args),
    Hold(hold::Args),
    Witness(witness::Args),
    Policy(policy::Args),
    Disposition(disposition::Args),
    Event(event::Args),
    Finding(finding::Args),
    Subject(subject::Args),
    Tag(tag::Args),
    Certificate(certificate::Args),
    Token(token::Args),
    Config(settings::Args),
    Keygen(keygen::Args),
    Load(load::Args),
    Completions(completions::Args),
}

/// What every command is given beside its own arguments.
#[derive(Debug)]
struct Setting {
    config_file: PathBuf,
    environment: Environment,
    clock: Clock,
}

impl Setting {
    fn config(&self) -> Result<Config, ConfigError> {
        Config::load_with(&self.config_file, self.environment.clone())
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let environment = Environment::of_process();
    let stdout = std::io::stdout();
    let colours = stdout.is_terminal() && !environment.wants_plain();
    let mut stdout = stdout.lock();
    let mut printer = Printer::new(&mut stdout, colours);
    let setting = Setting { config_file: config, environment, clock: Clock::system() };
    let exit = run(command, &setting, &mut printer).and_then(|exit| {
        printer.flush()?;
        Ok(exit)
    });
    exit.unwrap_or_else(|error| exit::tell(&error)).into()
}

fn run(command: Command, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let is_service = matches!(&command, Command::Serve(_))
        || matches!(&command, Command::Witness(args) if args.is_service());
    if !is_service {
        telemetry::start_for_command();
    }
    match command {
        Command::Init(args) => init::run(&args, setting, printer),
        Command::Serve(args) => serve::run(&args, setting),
        Command::Search(args) => search::run(&args, setting, printer),
        Command::Show(args) => show::run(&args, setting, printer),
        Command::Thread(args) => thread::run(&args, setting, printer),
        Command::Consent(args) => consent::run(&args, setting, printer),
        Command::Receipt(args) => receipt::run(&args, setting, printer),
        Command::Verify(args) => verify::run(&args, setting, printer),
        Command::Doctor(args) => doctor::run(&args, setting, printer),
        Command::Hold(args) => hold::run(&args, setting, printer),
        Command::Log(args) => log::run(&args, setting, printer),
        Command::Witness(args) => witness::run(&args, setting, printer),
        Command::Policy(args) => policy::run(&args, setting, printer),
        Command::Disposition(args) => disposition::run(&args, setting, printer),
        Command::Event(args) => event::run(&args, setting, printer),
        Command::Finding(args) => finding::run(&args, setting, printer),
        Command::Subject(args) => subject::run(&args, setting, printer),
        Command::Tag(args) => tag::run(&args, setting, printer),
        Command::Certificate(args) => certificate::run(&args, printer),
        Command::Token(args) => token::run(&args, setting, printer),
        Command::Config(args) => settings::run(&args, setting, printer),
        Command::Keygen(args) => keygen::run(&args, setting, printer),
        Command::Load(args) => load::run(&args, setting, printer),
        Command::Completions(args) => completions::run(&args, printer),
    }
}

#[cfg(test)]
mod tests;
