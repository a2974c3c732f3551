//! The demonstration: five days of a fictional house, delivered to the real
//! `muniment` program over HTTP, found, read, proven and verified.
//!
//! It drives the program as a person would: every step runs a command that
//! stands below it, or an HTTP request. It knows what an archive must make of
//! the story (`story.rs`) and fails loudly where anything differs. All that it
//! writes is in one temporary directory, which it removes at the end.
//!
//! `bin/demo` builds both programs and runs it.

#![allow(unreachable_pub, reason = "a program has no outside")]

mod acts;
mod daemon;
mod forge;
mod graph;
mod http;
mod settings;
mod stage;
mod story;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use stage::{Stage, Strike};
use tell::Tell;

/// Shows Muniment at work on five days of WhatsApp at a fictional house.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Arguments {
    /// Leave the daemon running at the end, and say how to use and to stop it.
    #[arg(long)]
    keep: bool,
    /// The program to show; else the one built beside this.
    #[arg(long, env = "MUNIMENT_BIN", value_name = "FILE")]
    program: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let tell = Tell::new();
    let strike = Strike::default();
    match show(&arguments, &tell, &strike) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Ctrl-C ends our children too; then their failure is not the news,
            // and who caught the signal says so and ends this process.
            std::thread::sleep(Duration::from_millis(300));
            tell.failure(&format!("{error:#}"), strike.trace_tail());
            strike.all();
            ExitCode::FAILURE
        }
    }
}

fn show(arguments: &Arguments, tell: &Tell, strike: &Strike) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("could not start the threads of the stand-in")?;
    strike.on_interrupt(&runtime)?;
    let story = story::story();
    let graph = graph::Graph::start(&runtime, &story.media)?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => stage::program_beside()?,
    };
    let mut stage = Stage::new(program, strike.clone())?;

    tell.opening(&story);
    acts::open::play(tell, &mut stage, &graph)?;
    acts::deliver::play(tell, &stage, &story, &graph)?;
    acts::find::play(tell, &stage, &story)?;
    acts::read::play(tell, &stage, &story)?;
    acts::prove::play(tell, &stage, &story)?;
    let leaf = acts::read::leaf_of_promise(&stage)?;
    acts::verify::play(tell, &stage, &story)?;
    acts::damage::play(tell, &stage, &leaf)?;
    if arguments.keep {
        acts::open::keep_running(tell, &stage, strike)
    } else {
        strike.all();
        tell.ending(&stage);
        Ok(())
    }
}
