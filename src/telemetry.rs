//! The traces: what the daemon says about itself on standard error.
//!
//! Not the log, which is the ledger. A trace line holds ids, sizes and times,
//! never what a record says and never a secret. Libraries are heard from
//! `warn` on only, whatever the configured level: below that they tell what
//! passes through them. For the same reason a panic is traced with its place,
//! and with its words only where these stand in the source.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{TelemetryConfig, TraceFormat};

/// What is ours among the targets of trace lines.
const OURS: &str = "muniment";

/// Why the traces cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A word that is no level.
    #[error(
        "`telemetry.level` has the word {0:?}, which is no level: write off, error, warn, info, \
         debug or trace, or directives by target as in `info,muniment::log=debug`"
    )]
    Level(String),
    /// A directive that does not read.
    #[error("`telemetry.level` does not read; write for example `info,muniment::log=debug`")]
    Directive(#[source] ParseError),
    /// The traces began before.
    #[error("the traces were started twice")]
    Twice,
}

/// Starts the traces of the daemon, and has panics traced.
///
/// # Errors
/// When the configured level does not read.
pub fn start(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    let colours = std::io::stderr().is_terminal();
    let subscriber = subscriber(config, colours, std::io::stderr)?;
    subscriber.try_init().map_err(|_| TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(trace_panic));
    Ok(())
}

/// Starts the traces of a command that ends soon: warnings only.
pub fn start_for_command() {
    let config = TelemetryConfig { format: TraceFormat::Text, level: "warn".to_owned() };
    if let Ok(subscriber) = subscriber(&config, std::io::stderr().is_terminal(), std::io::stderr) {
        // Fails only where traces began before: then these go on.
        let _ = subscriber.try_init();
    }
}

/// Checks a level without starting anything.
///
/// # Errors
/// As [`start`].
pub fn check(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    filter(&config.level).map(drop)
}

fn subscriber<W>(
    config: &TelemetryConfig,
    colours: bool,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filters = tracing_subscriber::registry()
        .with(filter(&config.level)?)
        .with(filter_fn(is_ours_or_a_warning));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(match config.format {
        TraceFormat::Text => Box::new(filters.with(lines.with_ansi(colours))),
        TraceFormat::Json => Box::new(filters.with(lines.json().flatten_event(true))),
    })
}

/// Reads the level. A bare word that is no level would be taken for a target
/// with every level on, so it is refused first.
fn filter(level: &str) -> Result<EnvFilter, TelemetryError> {
    let directives: Vec<&str> = level.split(',').map(str::trim).collect();
    for word in directives.iter().filter(|directive| !directive.contains('=')) {
        if word.is_empty() || word.parse::<LevelFilter>().is_err() {
            return Err(TelemetryError::Level((*word).to_owned()));
        }
    }
    EnvFilter::try_new(directives.join(",")).map_err(TelemetryError::Directive)
}

fn is_ours_or_a_warning(metadata: &Metadata<'_>) -> bool {
    let (room, _) = metadata.target().split_once("::").unwrap_or((metadata.target(), ""));
    room == OURS || *metadata.level() <= Level::WARN
}

fn trace_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    tracing::error!(
        place = place.as_deref().unwrap_or("unknown"),
        thread = thread.name().unwrap_or("unnamed"),
        words = words_of(panic),
        "panicked"
    );
}

/// The words of a panic where they stand in the source as they are; words that
/// were put together at run time may hold what a record says.
fn words_of<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("withheld")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn traced(level: &str, format: TraceFormat, run: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let config = TelemetryConfig { format, level: level.to_owned() };
        let subscriber = subscriber(&config, false, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, run);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn libraries_are_heard_from_warn_on_only() {
        let text = traced("trace", TraceFormat::Text, || {
            tracing::debug!(target: "muniment::log", "ours");
            tracing::info!(target: "library", "theirs, passing through");
            tracing::info!(target: "munimental", "another's");
            tracing::warn!(target: "library", "theirs, in trouble");
        });
        assert!(text.contains("ours") && text.contains("in trouble"), "{text}");
        assert!(!text.contains("passing through") && !text.contains("another"), "{text}");
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields_on_top() {
        let text = traced("info", TraceFormat::Json, || {
            tracing::info!(target: "muniment::log", size = 7, "log opened");
        });
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!((&line["size"], &line["message"]), (&7.into(), &"log opened".into()));
        assert_eq!(line["target"], "muniment::log");
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for level in ["inof", "info,muniment", ""] {
            let error = filter(level).unwrap_err();
            assert!(matches!(error, TelemetryError::Level(_)), "{level:?}: {error}");
        }
        for level in ["info", "WARN", "off", "info,muniment::log=debug", "warn, muniment=trace"] {
            filter(level).unwrap();
        }
        assert!(matches!(filter("a=loud"), Err(TelemetryError::Directive(_))));
    }
}
