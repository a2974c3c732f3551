//! What a witness may answer, right and wrong.

use super::*;
use crate::tlog::note::CosignatureTime;
use crate::tlog::witness::AddCheckpoint;

/// What one witness that always answers this leads to, and the archive after it.
fn outcome(archive: &Archive, said: impl Fn(&[u8], usize) -> Said + Send + 'static) -> Outcome {
    let door = StandIn::answering(said);
    archive.submitter(&witness_key(), &door.url()).submit()
}

fn cosignature(body: &[u8], key: &CosigningKey) -> String {
    let asked: AddCheckpoint = std::str::from_utf8(body).unwrap().parse().unwrap();
    let at = CosignatureTime::from_seconds(1_795_000_000).unwrap();
    let note = asked.note().clone().cosign(key, at).unwrap();
    note.signatures().last().unwrap().to_string()
}

#[test]
fn nothing_but_a_good_cosignature_by_the_witness_is_stored() {
    let archive = Archive::new();
    archive.grow(3);
    let before = archive.note();
    let stranger = CosigningKey::generate("witness.example/1".parse().unwrap()).unwrap();
    let other = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    type Lie = Box<dyn Fn(&[u8]) -> String + Send>;
    let lies: Vec<(&str, Lie)> = vec![
        ("nothing", Box::new(|_| String::new())),
        ("no signature", Box::new(|_| "cosigned!\n".to_owned())),
        ("a blank line", Box::new(|_| "\n".to_owned())),
        ("another's", Box::new(move |body| cosignature(body, &stranger))),
        (
            "over another text",
            Box::new(move |_| {
                let note = Note::sign("a.example\n1\nx\n", &other).unwrap();
                let at = CosignatureTime::from_seconds(1).unwrap();
                note.cosign(&witness_key(), at).unwrap().signatures()[1].to_string()
            }),
        ),
        ("the request", Box::new(|body| String::from_utf8(body.to_vec()).unwrap())),
        (
            "a good one cut short",
            Box::new(|body| cosignature(body, &witness_key()).trim_end().to_owned()),
        ),
        ("without end", Box::new(|_| "\u{2014} a AAAAAAA=\n".repeat(100_000))),
    ];
    for (what, lie) in lies {
        let found = outcome(&archive, move |body, _| Said::new(200, &lie(body)));
        assert!(matches!(found, Outcome::Unreachable(_)), "{what}: {found:?}");
        assert_eq!(archive.note(), before, "{what}");
    }
    assert_eq!(archive.findings(), []);
}

#[test]
fn lines_of_others_beside_the_witness_own_are_left_out() {
    let archive = Archive::new();
    let size = archive.grow(3);
    let stranger = CosigningKey::generate("stranger.example".parse().unwrap()).unwrap();
    let found = outcome(&archive, move |body, _| {
        let lines = [cosignature(body, &stranger), cosignature(body, &witness_key())].concat();
        Said::new(200, &lines)
    });
    assert_eq!(found, Outcome::Cosigned(size));
    let note = archive.note();
    let names: Vec<&str> = note.signatures().iter().map(|line| line.name().as_str()).collect();
    assert_eq!(names, [ORIGIN, "witness.example/1"]);
}

#[test]
fn a_refusal_is_no_finding() {
    let archive = Archive::new();
    archive.grow(3);
    for status in [301, 400, 403, 404, 405, 413, 500, 503] {
        let found = outcome(&archive, move |_, _| Said::new(status, "no\n"));
        assert_eq!(found, Outcome::Refused(status));
    }
    assert_eq!(archive.findings(), []);
}

#[test]
fn a_witness_that_contradicts_itself_is_left_and_accuses_nobody() {
    let archive = Archive::new();
    archive.grow(9);
    for size in ["", "x", "-1", "0", "99999999999999999999", "3 4"] {
        let body = format!("{size}\n");
        let found =
            outcome(&archive, move |_, _| Said::new(409, &body).of_type("text/x.tlog.size"));
        assert!(matches!(found, Outcome::Unreachable(_)), "{size}: {found:?}");
    }
    // Another size at each request.
    let found = outcome(&archive, |_, number| Said::size(TreeSize::new(1 + number as u64)));
    assert!(matches!(found, Outcome::Unreachable(_)), "{found:?}");
    assert_eq!(archive.findings(), []);
}

#[test]
fn another_root_of_the_same_size_is_a_fork_in_either_of_the_specifications_codes() {
    for status in [409, 422] {
        let archive = Archive::new();
        let size = archive.grow(3);
        let found = outcome(&archive, move |_, number| {
            if number == 0 { Said::size(size) } else { Said::new(status, "no\n") }
        });
        assert_eq!(found, Outcome::Fork(size), "{status}");
        let [(Finding::Fork, by, at)] = &archive.findings()[..] else { panic!("{status}") };
        assert_eq!((by.as_str(), *at), ("witness.example/1", Some(size.get())));
    }
}

#[test]
fn nobody_there_is_told_as_such() {
    let archive = Archive::new();
    archive.grow(1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let mut submitter = archive.submitter(&witness_key(), &url);
    assert!(matches!(submitter.submit(), Outcome::Unreachable(_)));
    assert_eq!(submitter.counts().failures.load(Ordering::Relaxed), 1);
}

#[test]
fn a_witness_is_sent_the_logs_own_signature_alone() {
    let archive = Archive::new();
    let size = archive.grow(3);
    let at = CosignatureTime::from_seconds(7).unwrap();
    let other = CosigningKey::generate("other.example".parse().unwrap()).unwrap();
    let note = archive.note().cosign(&other, at).unwrap();
    archive.log.put_cosignatures(size, &note.signatures()[1..]).unwrap();
    let found = outcome(&archive, |body, _| {
        let asked: AddCheckpoint = std::str::from_utf8(body).unwrap().parse().unwrap();
        assert_eq!(asked.note().signatures().len(), 1);
        Said::new(200, &cosignature(body, &witness_key()))
    });
    assert_eq!(found, Outcome::Cosigned(size));
    assert_eq!(archive.note().signatures().len(), 3, "both cosignatures are kept");
}
