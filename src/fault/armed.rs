//! The one point of this process that is armed, and what happens when it is reached.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};

use super::{Moment, Point, Struck};

const VARIABLE: &str = "MUNIMENT_FAULT";

static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// What `MUNIMENT_FAULT` asked for.
#[derive(Debug)]
struct Armed {
    point: Point,
    moment: Moment,
    kind: Kind,
    /// It strikes when this goes from 1 to 0.
    hits_left: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The device failed.
    Eio,
    /// The disk is full.
    Enospc,
    /// The process is gone.
    Kill,
}

/// Strikes where this point is armed for this moment, on the hit that was asked for.
pub(super) fn strike(point: Point, moment: Moment) -> Result<(), Struck> {
    let Some(armed) = ARMED.get_or_init(of_environment) else { return Ok(()) };
    let is_meant = armed.point == point && armed.moment == moment;
    if !is_meant || armed.hits_left.fetch_sub(1, Ordering::SeqCst) != 1 {
        return Ok(());
    }
    tracing::error!(point = point.name(), ?moment, kind = ?armed.kind, "fault struck");
    match armed.kind {
        Kind::Eio => Err(Struck { point, source: Errno::IO.into() }),
        Kind::Enospc => Err(Struck { point, source: Errno::NOSPC.into() }),
        Kind::Kill => die(point),
    }
}

fn die(point: Point) -> Result<(), Struck> {
    kill_process(getpid(), Signal::KILL)
        .map_err(|error| Struck { point, source: io::Error::from(error) })?;
    loop {
        std::thread::park();
    }
}

/// Reads the variable. One that asks for nothing that there is would let a test
/// pass without its fault: the process ends.
#[expect(clippy::disallowed_methods, reason = "no configuration reaches every durable step")]
fn of_environment() -> Option<Armed> {
    let text = std::env::var(VARIABLE).ok()?;
    let armed = read(&text);
    if armed.is_none() {
        eprintln!("muniment: {VARIABLE}={text} is not POINT:before|after:eio|enospc|kill:HIT");
        std::process::exit(2);
    }
    armed
}

fn read(text: &str) -> Option<Armed> {
    let mut parts = text.split(':');
    let (name, moment, kind, hit) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let moment = match moment {
        "before" => Moment::Before,
        "after" => Moment::After,
        _ => return None,
    };
    let kind = match kind {
        "eio" => Kind::Eio,
        "enospc" => Kind::Enospc,
        "kill" => Kind::Kill,
        _ => return None,
    };
    let point = Point::ALL.iter().copied().find(|point| point.name() == name)?;
    let hits: u64 = hit.parse().ok().filter(|hits| *hits > 0)?;
    let is_all = parts.next().is_none();
    is_all.then(|| Armed { point, moment, kind, hits_left: AtomicU64::new(hits) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_and_nothing_else_passes_for_it() {
        let armed = read("log.batch:after:enospc:3").unwrap();
        assert_eq!(
            (armed.point, armed.moment, armed.kind),
            (Point::LogBatch, Moment::After, Kind::Enospc)
        );
        assert_eq!(armed.hits_left.into_inner(), 3);
        for wrong in [
            "",
            "log.batch",
            "log.batch:after:enospc",
            "log.batch:after:enospc:0",
            "log.batch:after:enospc:3:4",
            "log.batch:during:enospc:3",
            "log.batch:after:erofs:3",
            "log.bitch:after:enospc:3",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
