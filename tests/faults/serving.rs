//! Faults that strike a daemon while it starts, takes deliveries, or stops.

use std::time::{Duration, Instant};

use muniment::fault::Point;

use crate::auditor::Auditor;
use crate::process::{Process, was_killed};
use crate::support::{House, Ledger, Manner, TimeAuthority, until};
use crate::table::{Ends, Scene, VARIABLE, WAYS, points, scene, struck};
use crate::witnessing::follow;

/// Deliveries until a fault has to have struck.
const DELIVERIES_MAX: u64 = 400;
/// How long a daemon may take to notice that it cannot go on.
const NOTICE: Duration = Duration::from_secs(20);

#[test]
fn a_failed_write_of_the_log_loses_nothing() {
    let is_row = |point: Point| point.name().starts_with("log.");
    all(|ends, point| ends == Ends::ByItself && is_row(point));
}

#[test]
fn a_failed_write_of_the_signers_memory_loses_nothing() {
    let is_memory = |point: Point| point.name().starts_with("memory.");
    all(|ends, point| ends == Ends::ByItself && is_memory(point));
}

#[test]
fn a_failed_write_beside_the_log_loses_nothing() {
    let is_other =
        |point: Point| !(point.name().starts_with("log.") || point.name().starts_with("memory."));
    all(|ends, point| ends == Ends::ByItself && is_other(point));
}

#[test]
fn a_failed_start_or_stop_loses_nothing() {
    all(|ends, _| matches!(ends, Ends::AtStart | Ends::AtStop));
}

#[test]
fn a_failed_write_of_the_index_loses_nothing() {
    all(|ends, _| ends == Ends::GoesOn);
}

/// Goes through the chosen points in every way, and tells all that went wrong.
fn all(is_chosen: impl Fn(Ends, Point) -> bool) {
    let mut failed = vec![];
    for point in points(|scene| matches!(scene, Scene::Serving(_, _))) {
        let Scene::Serving(ends, hits) = scene(point) else { continue };
        if !is_chosen(ends, point) {
            continue;
        }
        for way in WAYS {
            for hit in hits {
                let fault = format!("{}:{way}:{hit}", point.name());
                let begun = Instant::now();
                let gone_through = std::panic::catch_unwind(|| go_through(point, ends, &fault));
                eprintln!("{fault}: {} ms", begun.elapsed().as_millis());
                if gone_through.is_err() {
                    failed.push(fault);
                }
            }
        }
    }
    assert!(failed.is_empty(), "these went wrong, see above: {failed:#?}");
}

fn go_through(point: Point, ends: Ends, fault: &str) {
    let (Setting { house, others: _others }, ledger) = (setting(point), ledger(point));
    let mut process = Process::start(&house, &[(VARIABLE, fault)]);
    deliver_until_struck(&mut process, &ledger, point);
    check_end(&mut process, ends, fault);
    let trace = process.trace();
    assert!(struck(&trace, point), "{fault}: the point was never reached: {trace}");
    drop(process);

    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 0, "{fault}: what a start recovers is not wrong: {looked:?}");
    let daemon = house.serve();
    ledger.check(&house, fault);
    ledger.redeliver(&daemon.hooks);
    assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200), "{fault}: it goes on");
    ledger.check(&house, fault);
    assert_eq!(ledger.unanswered(), 0, "{fault}");
    if ends == Ends::GoesOn {
        let officer = house.token("officer");
        let page = daemon.search(&house, &officer, "crossing");
        let expected = ledger.next() * 3;
        assert_eq!(page["total"], expected, "{fault}: {page}");
    }
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{fault}: {verified:?}");
}

/// An archive, and who must be there for the point to be reached.
struct Setting {
    house: House,
    others: (Option<Auditor>, Option<TimeAuthority>),
}

fn setting(point: Point) -> Setting {
    let mut house = House::new();
    let (mut auditor, mut authority) = (None, None);
    if point == Point::MediaTask {
        // Nobody answers there: each try fails, and is written down.
        house.set("MUNIMENT_MEDIA__ENABLED", "true");
        house.set("MUNIMENT_MEDIA__GRAPH_URL", "http://127.0.0.1:9/v24.0");
        house.set("MUNIMENT_MEDIA_TOKEN", "EAAGfaults");
    } else if point == Point::LogCosignatures {
        let witness = Auditor::new("witness.example/faults");
        follow(&mut house, &witness);
        auditor = Some(witness);
    } else if point == Point::LogTimestamp {
        let stamps = TimeAuthority::new(Manner::Honest);
        house.set("MUNIMENT_TIMESTAMP__URL", &stamps.url);
        let certificate = stamps.own().path("root.pem");
        house.set("MUNIMENT_TIMESTAMP__CA_FILE", certificate.to_str().unwrap());
        house.set("MUNIMENT_TIMESTAMP__INTERVAL_SECONDS", "1");
        authority = Some(stamps);
    }
    Setting { house, others: (auditor, authority) }
}

fn ledger(point: Point) -> Ledger {
    if point == Point::MediaTask { Ledger::with_images() } else { Ledger::default() }
}

fn deliver_until_struck(process: &mut Process, ledger: &Ledger, point: Point) {
    let Some(hooks) = process.hooks().cloned() else { return };
    for number in 0..DELIVERIES_MAX {
        if process.ended().is_some() || struck(&process.trace(), point) {
            // Whoever delivers on meanwhile is told the truth as well.
            ledger.deliver(&hooks, number);
            return;
        }
        ledger.deliver(&hooks, number);
        if point == Point::StoreFlush && number == 5 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn check_end(process: &mut Process, ends: Ends, fault: &str) {
    if fault.contains(":kill:") {
        let status = match ends {
            Ends::AtStop => process.terminate(),
            Ends::AtStart | Ends::ByItself | Ends::GoesOn => {
                until("the fault kills the daemon", || process.ended())
            }
        };
        assert!(was_killed(status), "{fault}: {status}: {}", process.trace());
        return;
    }
    let status = match ends {
        Ends::AtStart | Ends::ByItself => {
            let begun = Instant::now();
            loop {
                if let Some(status) = process.ended() {
                    break status;
                }
                let trace = process.trace();
                assert!(begun.elapsed() < NOTICE, "{fault}: it did not end: {trace}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Ends::GoesOn | Ends::AtStop => {
            assert_eq!(process.ended(), None, "{fault}: {}", process.trace());
            process.terminate()
        }
    };
    let trace = process.trace();
    match ends {
        Ends::AtStart => {
            assert_eq!(status.code(), Some(1), "{fault}: {trace}");
            assert!(trace.contains("muniment: could not"), "{fault}: {trace}");
        }
        Ends::ByItself => {
            assert_eq!(status.code(), Some(1), "{fault}: {trace}");
            assert!(trace.contains("it could not write"), "{fault}: {trace}");
        }
        Ends::GoesOn => assert_eq!(status.code(), Some(0), "{fault}: {trace}"),
        Ends::AtStop => assert_eq!(status.code(), Some(1), "{fault}: {trace}"),
    }
}
