//! Data subjects, from the command line to the daemon: found, given what is theirs,
//! restricted.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use age::x25519;
use serde_json::{Value, json};

use crate::support::{House, Office, text_message, until, wamid, webhook, written};

const PHONE: &str = "4915550100321";
const NEW_PHONE: &str = "4915550100322";
const OTHER: &str = "4915550100323";

/// With a customer who has another number since, and another customer.
fn office() -> Office {
    let office =
        Office::new(&[], &[("Petra", "privacy"), ("Mira", "counsel"), ("Otto", "officer")]);
    office.daemon.take(&webhook(&[text_message(1, PHONE, "The crates on the quay")]));
    office.daemon.take(&webhook(&[changed(2)]));
    office.daemon.take(&webhook(&[text_message(3, NEW_PHONE, "My new number")]));
    office.daemon.take(&webhook(&[text_message(4, OTHER, "UNRELATEDHERON")]));
    until("both numbers are known", || {
        let found =
            office.run("Petra", &["subject", "identify", PHONE, "--because", "wait", "--json"]);
        found.stdout.contains(NEW_PHONE).then_some(())
    });
    office
}

fn out(office: &Office, name: &str) -> (PathBuf, String) {
    let path = office.house.beside(name);
    let text = path.to_str().unwrap().to_owned();
    (path, text)
}

/// The provider's notice that the customer has another number.
fn changed(number: u64) -> Value {
    json!({
        "from": PHONE, "id": wamid(number, PHONE), "timestamp": (1_795_000_000 + number).to_string(),
        "type": "system",
        "system": {"body": "changed", "wa_id": NEW_PHONE, "type": "user_changed_number"},
    })
}

/// The files of a package.
fn unpacked(package: &[u8], identity: &x25519::Identity) -> BTreeMap<String, String> {
    let zip = age::decrypt(identity, package).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().to_string(), text);
    }
    files
}

#[test]
fn a_person_is_found_over_a_new_number_and_given_all_that_is_theirs_sealed() {
    let office = office();
    let told =
        office.told("Petra", &["subject", "identify", "+49 1555 0100-321", "--because", "request"]);
    for line in [PHONE, NEW_PHONE, "asked for", "changed by record"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains(OTHER) && !told.contains("CONFLICT"), "{told}");

    let identity = x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let (path, out) = out(&office, "noor.zip.age");
    let report =
        ["subject", "report", PHONE, "--because", "request", "--to", &recipient, "--out", &out];
    let refused = office.run("Otto", &report);
    assert!(refused.code == 1 && refused.stderr.contains("privacy"), "{refused:?}");
    assert!(!path.exists());
    assert_eq!(office.told("Petra", &report), out);
    let package = std::fs::read(&path).unwrap();
    let files = unpacked(&package, &identity);
    for told in ["The crates on the quay", "My new number"] {
        assert!(files["index.html"].contains(told), "{told}");
        assert!(files["records.jsonl"].contains(told), "{told}");
    }
    assert!(files.values().all(|text| !text.contains("UNRELATEDHERON")));
    let manifest: Value = serde_json::from_str(&files["manifest.json"]).unwrap();
    let entries = office.house.entries();
    for line in manifest["records"].as_array().unwrap() {
        let entry = &entries[usize::try_from(line["entry"].as_u64().unwrap()).unwrap()];
        assert_eq!(entry.kept().unwrap().record.to_string(), line["record"]);
    }
    let again = office.run("Petra", &report);
    assert!(again.code == 1 && again.stderr.contains("not replaced"), "{again:?}");
    let ssh = ["subject", "report", PHONE, "--because", "r", "--to", "ssh-ed25519 A", "--out", "x"];
    let refused = office.run("Petra", &ssh);
    assert!(refused.code == 1 && refused.stderr.contains("age1"), "{refused:?}");

    let trace = office.daemon.trace();
    assert!(!trace.contains(PHONE) && !trace.contains("on the quay"), "{trace}");
    office.closed();
}

#[test]
fn a_restriction_hides_from_officers_survives_a_restart_and_is_lifted() {
    let office = office();
    let record = office.record("Petra", "crates");
    let restrict = ["subject", "restrict", PHONE, "--ground", "accuracy", "--because", "disputed"];
    let restriction = office.told("Petra", &restrict);
    let office = office.restarted();

    let refused = office.run("Otto", &["show", &record]);
    assert!(refused.code == 1 && refused.stderr.contains(&restriction), "{refused:?}");
    // The new number is theirs as well.
    for words in ["crates", "number"] {
        let found = office.told("Otto", &["search", words]);
        assert!(found.contains("restricted"), "{found}");
    }
    assert!(office.told("Petra", &["show", &record]).contains("The crates"));
    assert!(office.told("Otto", &["search", "UNRELATEDHERON"]).contains("HERON"));

    let listed = office.told("Mira", &["subject", "restrictions"]);
    for told in [restriction.as_str(), "in force", NEW_PHONE, "accuracy", "disputed"] {
        assert!(listed.contains(told), "{told}: {listed}");
    }
    let lift = ["subject", "unrestrict", &restriction, "--because", "corrected"];
    let unsaid = office.run("Petra", &lift);
    assert!(unsaid.code == 2 && unsaid.stderr.contains("--informed"), "{unsaid:?}");
    let lifted =
        office.told("Petra", &[&lift[..], &["--informed", "letter of 3 December"]].concat());
    assert!(lifted.contains("lifted"), "{lifted}");
    assert!(office.told("Otto", &["show", &record]).contains("The crates"));
    assert_eq!(office.run("Mira", &["subject", "restrictions"]).code, 5);
    assert!(office.told("Mira", &["subject", "restrictions", "--all"]).contains("lifted"));
    let none = office.run(
        "Petra",
        &["subject", "unrestrict", &"0".repeat(32), "--because", "b", "--informed", "i"],
    );
    assert_eq!(none.code, 5, "{none:?}");
}

#[test]
fn a_reader_who_hangs_up_does_no_harm() {
    let office = office();
    let identity = x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let body = json!({"identifiers": [PHONE], "recipient": recipient, "reason": "r"}).to_string();
    let token = office.token("Petra");
    let address = office.daemon.api.base().trim_start_matches("http://").to_owned();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "POST /v1/subjects/report HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            token.trim(),
            body.len()
        )
        .unwrap();
        let mut some = [0; 12];
        stream.read_exact(&mut some).unwrap();
        assert!(some.starts_with(b"HTTP/1.1 "), "{some:?}");
    }
    let (path, out) = out(&office, "after.zip.age");
    let report = ["subject", "report", PHONE, "--because", "r", "--to", &recipient, "--out", &out];
    until("there is room for a package again", || {
        (office.run("Petra", &report).code == 0).then_some(())
    });
    assert!(unpacked(&std::fs::read(path).unwrap(), &identity).contains_key("index.html"));
}

#[test]
fn a_package_that_breaks_off_takes_nobodys_place() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let sending = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // To the end of the body: what is left unread would break off more than it should.
        let (mut asked, mut byte) = (vec![], [0]);
        while !asked.ends_with(b"null}") {
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/age-encryption.org\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        // A chunk of 1000 bytes, of which 700 come.
        stream.write_all(format!("{head}3e8\r\n{}", "x".repeat(700)).as_bytes()).unwrap();
    });
    written(house.beside("token"), b"mun_0011223344556677_secret");
    let (token, out) = (house.beside("token"), house.beside("broken.zip.age"));
    let recipient = x25519::Identity::generate().to_public().to_string();
    let ran = house.run(&[
        "subject",
        "report",
        PHONE,
        "--because",
        "r",
        "--to",
        &recipient,
        "--out",
        out.to_str().unwrap(),
        "--server",
        &base,
        "--token-file",
        token.to_str().unwrap(),
    ]);
    sending.join().unwrap();
    assert!(ran.code == 1 && ran.stderr.contains("broke off after"), "{ran:?}");
    assert!(!out.exists() && house.beside("broken.zip.age.part").exists());
}
