//! Faults that strike a command: it says so, and the next try succeeds.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use muniment::fault::Point;

use crate::support::{
    Graph, House, Ledger, ORIGIN, Ran, Served, files_under, text_message, until, webhook,
};
use crate::table::{Act, Scene, VARIABLE, WAYS, points, scene, struck};

/// More hits than any command has.
const HITS_MAX: u64 = 60;

#[test]
fn an_interrupted_init_leaves_nothing_that_passes_for_an_archive() {
    each_fault(Act::Init, |point, way| {
        each_hit(point, way, |fault| {
            let house = House::empty();
            let path = house.path();
            let init = ["init", path.to_str().unwrap(), "--origin", ORIGIN];
            let (ran, has_struck) = run_with(&house, &init, fault, point);
            if ran.code != 0 {
                // The configuration comes last: where it is, all is.
                let is_whole = house.config_file().is_file()
                    && fs::metadata(house.config_file()).unwrap().len() > 0;
                if is_whole {
                    assert_eq!(house.verify().code, 0, "{fault}");
                } else {
                    assert_ne!(house.run(&["serve"]).code, 0, "{fault}");
                }
                fs::remove_dir_all(&path).unwrap();
                assert_eq!(house.run(&init).code, 0, "{fault}: a second try");
            }
            assert_eq!(house.verify().code, 0, "{fault}");
            has_struck
        });
    });
}

#[test]
fn an_interrupted_change_of_tokens_leaves_the_old_file_or_the_new_one() {
    each_fault(Act::Token, |point, way| {
        let house = House::new();
        each_hit(point, way, |fault| {
            let before = tokens(&house);
            let create = ["token", "create", fault, "--role", "auditor"];
            let (ran, has_struck) = run_with(&house, &create, fault, point);
            let after = tokens(&house);
            let expected = if ran.code == 0 { vec![1] } else { vec![0, 1] };
            assert!(expected.contains(&(after - before)), "{fault}: {before} {after}");
            house.token("officer");
            assert_eq!(tokens(&house), after + 1, "{fault}: it goes on");
            has_struck
        });
    });
}

#[test]
fn an_interrupted_export_is_finished_by_the_next() {
    let house = House::new();
    let (daemon, ledger) = (house.serve(), Ledger::default());
    for number in 0..90 {
        assert_eq!(ledger.deliver(&daemon.hooks, number), Some(200));
    }
    daemon.stop();
    let whole = house.beside("whole");
    assert_eq!(house.run(&["log", "export", whole.to_str().unwrap()]).code, 0);
    let contents = |dir: &std::path::Path| -> Vec<_> {
        let files = files_under(dir)
            .into_iter()
            .filter(|path| path.extension().is_none_or(|end| end != "lock"));
        files
            .map(|path| (path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    };
    each_fault(Act::Export, |point, way| {
        each_hit(point, way, |fault| {
            let to = house.beside("export");
            let _ = fs::remove_dir_all(&to);
            let export = ["log", "export", to.to_str().unwrap()];
            let (_, has_struck) = run_with(&house, &export, fault, point);
            let again = house.run(&export);
            assert_eq!(again.code, 0, "{fault}: {again:?}");
            assert!(contents(&to) == contents(&whole), "{fault}: another export");
            has_struck
        });
    });
}

#[test]
fn an_interrupted_change_of_the_logs_key_is_finished_by_the_next_start() {
    each_fault(Act::Rotate, |point, way| {
        let house = House::new();
        let ledger = Ledger::default();
        each_hit(point, way, |fault| {
            let (ran, has_struck) = run_with(&house, &["log", "rotate"], fault, point);
            assert_eq!(ran.code == 0, !has_struck, "{fault}: {ran:?}");
            let looked = house.run(&["doctor"]);
            assert_eq!(looked.code, 0, "{fault}: {looked:?}");
            let daemon = house.serve();
            assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200), "{fault}");
            daemon.stop();
            let verified = house.verify();
            assert_eq!(verified.code, 0, "{fault}: {verified:?}");
            has_struck
        });
    });
}

#[test]
fn an_interrupted_verification_keeps_what_is_right_or_nothing() {
    let house = House::new();
    let (daemon, ledger) = (house.serve(), Ledger::default());
    assert_eq!(ledger.deliver(&daemon.hooks, 0), Some(200));
    daemon.stop();
    let newest = house.file("keys/log.checkpoint".as_ref());
    each_fault(Act::Verify, |point, way| {
        each_hit(point, way, |fault| {
            let kept = house.beside("daily.checkpoint");
            let _ = fs::remove_file(&kept);
            let verify = ["verify", "--save-checkpoint", kept.to_str().unwrap()];
            let (_, has_struck) = run_with(&house, &verify, fault, point);
            assert!(fs::read(&kept).is_ok_and(|kept| kept == newest) || !kept.exists(), "{fault}");
            assert_eq!(house.run(&verify).code, 0, "{fault}");
            assert_eq!(fs::read(&kept).unwrap(), newest, "{fault}");
            has_struck
        });
    });
}

#[test]
fn a_medium_that_could_not_be_saved_is_saved_by_the_next_try() {
    let image = Served {
        id: "30779100".to_owned(),
        mime: "image/png".to_owned(),
        bytes: b"a picture of the quay".to_vec(),
        dead_links: 0,
    };
    let graph = Graph::serving("EAAGfaults", vec![image.clone()]);
    let mut house = House::new();
    house.set("MUNIMENT_MEDIA__ENABLED", "true");
    house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
    house.set("MUNIMENT_MEDIA_TOKEN", "EAAGfaults");
    let daemon = house.serve();
    let mut message = text_message(1, "447700900331", "");
    message["type"] = serde_json::json!("image");
    message["image"] = serde_json::json!({"id": image.id, "mime_type": "image/png"});
    daemon.take(&webhook(&[message]));
    let officer = house.token("officer");
    house.set("MUNIMENT_TOKEN", &officer);
    house.set("MUNIMENT_SERVER", daemon.api.base());
    let record = until("the image is linked", || {
        let page = daemon.search(&house, &officer, "type:image");
        let record = page["hits"][0]["record"].as_str()?.to_owned();
        let shown = house.run(&["show", &record, "--json"]).stdout;
        shown.contains("\"media\"").then_some(record)
    });
    each_fault(Act::SaveMedium, |point, way| {
        each_hit(point, way, |fault| {
            let to = house.beside("media");
            let _ = fs::remove_dir_all(&to);
            let show = ["show", &record, "--media", to.to_str().unwrap()];
            let (ran, has_struck) = run_with(&house, &show, fault, point);
            if ran.code != 0 {
                assert!(
                    !has_struck || ran.code == -1 || ran.stderr.contains("could not save"),
                    "{fault}: {ran:?}"
                );
                fs::remove_dir_all(&to).unwrap();
                assert_eq!(house.run(&show).code, 0, "{fault}");
            }
            let saved = files_under(&to);
            assert_eq!(fs::read(&saved[0]).unwrap(), image.bytes, "{fault}");
            has_struck
        });
    });
    daemon.stop();
}

/// Goes through the points of a command, in every way.
fn each_fault(act: Act, mut go_through: impl FnMut(Point, &str)) {
    for point in points(|scene| scene == Scene::Command(act)) {
        assert_eq!(scene(point), Scene::Command(act));
        for way in WAYS {
            go_through(point, way);
        }
    }
}

/// Goes through the hits of a point, until the command makes no more of them; at
/// least one has to strike.
fn each_hit(point: Point, way: &str, mut go_through: impl FnMut(&str) -> bool) {
    for hit in 1..HITS_MAX {
        let fault = format!("{}:{way}:{hit}", point.name());
        if !go_through(&fault) {
            assert!(hit > 1, "{fault}: the point was never reached");
            return;
        }
    }
    panic!("{}: more than {HITS_MAX} hits", point.name());
}

/// Runs a command with a fault: what it said, and whether the fault struck. It fails
/// then, whatever came of it.
fn run_with(house: &House, arguments: &[&str], fault: &str, point: Point) -> (Ran, bool) {
    let output = house.command(arguments).env(VARIABLE, fault).output().unwrap();
    let signal = output.status.signal();
    let ran = Ran::of(output);
    let has_struck = struck(&ran.stderr, point);
    if has_struck {
        assert_eq!(signal == Some(9), fault.contains(":kill:"), "{fault}: {ran:?}");
        assert_ne!(ran.code, 0, "{fault}: {ran:?}");
    } else {
        assert_eq!(ran.code, 0, "{fault}: {ran:?}");
    }
    (ran, has_struck)
}

fn tokens(house: &House) -> usize {
    let listed = house.run(&["token", "list", "--json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let listed = listed.json();
    listed.as_array().or_else(|| listed["tokens"].as_array()).unwrap().len()
}
