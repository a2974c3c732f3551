//! No plaintext on disk, anywhere, ever; and none in the traces.
//!
//! Strings that occur nowhere else are sent through every door. Then every byte
//! that the daemon wrote is searched for them: rows, write-ahead log, index,
//! temporary files, and the traces at the level that tells most.

mod needles;

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    Daemon, Graph, House, Served, VERIFY_TOKEN, files_under, sign, text_message, until, wamid,
    webhook, written,
};
use needles::Needles;

const PHONE: &str = "4917655512873";
const CARD_PHONE: &str = "351912345098";
const GROUP: &str = "120363999888777666";
const MEDIUM_ID: &str = "30770000009417";
const MEDIA_TOKEN: &str = "EAAGqwxzjtoken";

/// Texts that are sent, each through one door.
const TEXT: &str = "Zanzibarquill sells at noon";
const GREEK: &str = "Πορφυρογένεση αύριο";
const PROFILE: &str = "Ottoline Wexquist";
const CAPTION: &str = "Marlbecktide in the lee";
const FILE_NAME: &str = "vexhollow-ledger-0417.pdf";
const INSIDE_FILE: &str = "Thrummelbank statement inside the file";
const CARD_NAME: &str = "Peregrine Oddlefax";
const PLACE: &str = "Quibberstone wharf";
const STRANGE: &str = "Hologramvarnish";
const UNKNOWN_FIELD: &str = "Ferrowimble";
const NOT_JSON: &str = "Brackenquoit is no JSON";
const ECHO: &str = "Skerrymantle was promised";
const ERROR: &str = "Undeliverabletrunk";
const FORGED: &str = "Cutlassforger";
const OVERSIZED: &str = "Gargantuanplinth";
const BAD_SIGNATURE: &str = "sha256=Wimplesignature";
const BAD_VERIFY: &str = "Jasperverifytoken";
const QUERY: &str = "Limpetquery";
const BAD_QUERY: &str = "\"Unclosedpewter";
const BAD_CURSOR: &str = "Cursorbramble";
const BAD_PATH: &str = "Pathgudgeon";
const BAD_JSON: &str = "Jsonkestrel";
const REASON: &str = "Ombudsmanchaffinch asked";
const CONSENTING: &str = "Vellumstarling@example.com";
const WORDING: &str = "Wordingpetrel may we";
const FORM: &str = "Formdunlin";
const FOUND: &str = "Foundfulmar in an order";
const IMPORTED: &str = "Importguillemot";
const BAD_KIND: &str = "Kindrazorbill";
const LOOKED_FOR: &str = "Lookedforbrambling";
const SUBJECT_REASON: &str = "Portreevemerlin asked";
const RESTRICTED: &str = "Disputedwaxbill order";
const INFORMED: &str = "Informedsiskin letter";

fn needles() -> Needles {
    let mut needles = Needles::default();
    for text in [
        TEXT,
        GREEK,
        PROFILE,
        CAPTION,
        FILE_NAME,
        INSIDE_FILE,
        CARD_NAME,
        PLACE,
        STRANGE,
        UNKNOWN_FIELD,
        NOT_JSON,
        ECHO,
        ERROR,
        FORGED,
        OVERSIZED,
        BAD_SIGNATURE,
        BAD_VERIFY,
        QUERY,
        BAD_QUERY,
        BAD_CURSOR,
        BAD_PATH,
        BAD_JSON,
        REASON,
        CONSENTING,
        WORDING,
        FORM,
        FOUND,
        IMPORTED,
        BAD_KIND,
        LOOKED_FOR,
        SUBJECT_REASON,
        RESTRICTED,
        INFORMED,
    ] {
        // A single word too: an index keeps words.
        let longest = text.split([' ', '-', '=']).max_by_key(|word| word.len()).unwrap();
        needles.text(text, text);
        needles.text(longest, longest);
    }
    for digits in [PHONE, CARD_PHONE, GROUP] {
        needles.digits(digits, digits);
    }
    for secret in [MEDIA_TOKEN, MEDIUM_ID, VERIFY_TOKEN, crate::support::APP_SECRET] {
        needles.text(secret, secret);
    }
    let id = wamid(1, PHONE);
    needles.text("wamid", &id);
    needles.text("the part of a wamid that names the number", &id["wamid.".len() + 4..30]);
    needles
}

fn plant_deliveries(daemon: &Daemon) {
    let message = |number, kind: &str, content: Value| {
        let mut message = text_message(number, PHONE, "");
        message["type"] = json!(kind);
        message[kind] = content;
        message
    };
    let medium = json!({"id": MEDIUM_ID, "mime_type": "application/pdf", "filename": FILE_NAME,
                        "caption": CAPTION});
    let card = json!([{"name": {"formatted_name": CARD_NAME, "first_name": CARD_NAME},
                       "phones": [{"phone": format!("+{CARD_PHONE}"), "wa_id": CARD_PHONE}]}]);
    let mut in_group = text_message(6, PHONE, TEXT);
    in_group["group_id"] = json!(GROUP);
    let messages = [
        text_message(1, PHONE, TEXT),
        text_message(2, PHONE, GREEK),
        message(3, "document", medium),
        message(4, "contacts", card),
        message(5, "location", json!({"latitude": 38.7, "longitude": -9.1, "name": PLACE})),
        in_group,
        message(7, "hologram", json!({"title": STRANGE})),
    ];
    let body = webhook(&messages).replace("Ines Marlow", PROFILE);
    daemon.take(&body);
    let one = webhook(&[text_message(8, PHONE, ECHO)]);
    daemon.take(&one.replace("\"field\":\"messages\"", "\"field\":\"smb_message_echoes\""));
    let unknown = webhook(&[text_message(9, PHONE, UNKNOWN_FIELD)]);
    daemon.take(
        &unknown.replace("\"field\":\"messages\"", &format!("\"field\":\"{UNKNOWN_FIELD}\"")),
    );
    let failed = json!([{"id": wamid(1, PHONE), "status": "failed", "timestamp": "1795000000",
                         "recipient_id": PHONE, "errors": [{"code": 131_026, "title": ERROR}]}]);
    daemon.take(&webhook(&[]).replace("\"messages\":[]", &format!("\"statuses\":{failed}")));
    daemon.take(&format!("{NOT_JSON} {PHONE}"));
}

fn plant_refusals(daemon: &Daemon) {
    let forged = webhook(&[text_message(10, PHONE, FORGED)]);
    assert_eq!(daemon.deliver_as(forged.as_bytes(), &sign(b"other bytes")).status, 401);
    assert_eq!(daemon.deliver_as(forged.as_bytes(), BAD_SIGNATURE).status, 401);
    let oversized = webhook(&[text_message(11, PHONE, &OVERSIZED.repeat(1_300))]);
    assert_eq!(daemon.deliver(&oversized).status, 413);
    let handshake =
        [("hub.mode", "subscribe"), ("hub.verify_token", BAD_VERIFY), ("hub.challenge", PHONE)];
    assert_eq!(daemon.hooks.get_with("/hooks/meta", &handshake).status, 403);
    let good =
        [("hub.mode", "subscribe"), ("hub.verify_token", VERIFY_TOKEN), ("hub.challenge", "1")];
    assert_eq!(daemon.hooks.get_with("/hooks/meta", &good).status, 200);
    assert_eq!(daemon.hooks.get(&format!("/{BAD_PATH}")).status, 404);
}

/// Finds, reads and takes what was planted, and asks wrongly in every way.
fn plant_questions(house: &House, daemon: &Daemon, officer: &str) {
    let asker = daemon.api.with_token(officer).with("muniment-reason", REASON);
    daemon.search(house, officer, QUERY);
    let found = daemon.search(house, officer, &format!("file:\"{FILE_NAME}\""));
    assert_eq!(found["total"], 1, "{found}");
    let record = found["hits"][0]["record"].as_str().unwrap();
    let thread = found["hits"][0]["thread"].as_str().unwrap();
    let read = asker.get(&format!("/v1/records/{record}"));
    assert!(read.text().contains(CAPTION), "{}", read.text());
    let medium = read.json()["media"][0]["id"].as_str().unwrap().to_owned();
    let taken = asker.get(&format!("/v1/records/{record}/media/{medium}"));
    assert!(taken.text().contains(INSIDE_FILE), "{}", taken.status);
    assert!(asker.get(&format!("/v1/threads/{thread}")).text().contains(TEXT));
    for query in [QUERY, PHONE, TEXT, GREEK] {
        let body = json!({"q": query}).to_string();
        assert_eq!(asker.post("/v1/search", body.as_bytes()).status, 200, "{query}");
    }
    let refused = |status: u16| (400..500).contains(&status);
    assert!(refused(asker.get_with("/v1/search", &[("q", BAD_QUERY)]).status));
    assert!(refused(asker.get_with("/v1/search", &[("q", "x"), ("cursor", BAD_CURSOR)]).status));
    assert!(refused(asker.get_with("/v1/search", &[("q", "x"), ("order", BAD_CURSOR)]).status));
    assert!(refused(asker.get(&format!("/v1/records/{BAD_PATH}")).status));
    assert!(refused(asker.get(&format!("/{BAD_PATH}")).status));
    let malformed = format!("{{\"q\": \"{BAD_JSON}\", ");
    assert!(refused(asker.post("/v1/search", malformed.as_bytes()).status));
    assert_eq!(daemon.api.with_token(BAD_PATH).get("/v1/search").status, 401);
}

/// Says stop, tells, imports, looks, and asks who consents.
fn plant_consent(house: &House, daemon: &Daemon, officer: &str) {
    daemon.take(&webhook(&[text_message(20, PHONE, "stop"), text_message(21, PHONE, "cancel")]));
    let asker = daemon.api.with_token(officer).with("muniment-reason", REASON);
    let told = json!({"kind": "opt_in", "subject": [CONSENTING, PHONE], "purposes": ["all"],
        "at": "2026-01-01T00:00:00Z", "wording": {"text": WORDING},
        "evidence": {"means": "form", "reference": FORM}});
    let told = asker.post("/v1/consent", told.to_string().as_bytes());
    assert_eq!(told.status, 201, "{}", told.text());
    let asked = [("subject", CONSENTING)];
    assert!(asker.get_with("/v1/consent", &asked).text().contains(PHONE));
    assert!(asker.get_with("/v1/consent/history", &asked).text().contains(WORDING));
    let review = asker.get("/v1/consent/review").json();
    let candidate = review["candidates"][0]["record"].as_str().unwrap();
    let found = json!({"verdict": "not_meant", "reason": FOUND}).to_string();
    let path = format!("/v1/consent/review/{candidate}");
    assert_eq!(asker.post(&path, found.as_bytes()).status, 201);
    // The file itself lies elsewhere: it is the caller's.
    let elsewhere = tempfile::tempdir().unwrap();
    let (file, token) = (elsewhere.path().join("crm.csv"), elsewhere.path().join("token"));
    written(token.clone(), officer.as_bytes());
    let header = "subject,kind,purposes,channel,number,at,expires,language,version,wording,\
                  jurisdiction,legal_basis,reference";
    for (kind, code) in [("opt_in", 0), (BAD_KIND, 1)] {
        let line = format!("{IMPORTED},{kind},all,,,2026-01-02T00:00:00Z,,,,,,,{IMPORTED}");
        written(file.clone(), format!("{header}\n{line}\n").as_bytes());
        let [file, token] = [&file, &token].map(|path| path.to_str().unwrap());
        let remote = ["--server", daemon.api.base(), "--token-file", token];
        let ran = house.run(&[&["consent", "import", file], &remote[..]].concat());
        assert_eq!(ran.code, code, "{ran:?}");
    }
    assert_eq!(asker.get_with("/v1/consent", &[("purpose", BAD_KIND)]).status, 400);
}

/// Looks for somebody, takes everything of theirs out, restricts them and lifts it again.
fn plant_subjects(daemon: &Daemon, privacy: &str) {
    let asker = daemon.api.with_token(privacy);
    let asked = |path: &str, body: &Value| {
        asker.post(&format!("/v1/subjects/{path}"), body.to_string().as_bytes())
    };
    for who in [json!([PHONE]), json!([format!("@{LOOKED_FOR}")])] {
        let found = asked("identify", &json!({"identifiers": who, "reason": SUBJECT_REASON}));
        assert_eq!(found.status, 200, "{}", found.text());
    }
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    let package = asked(
        "report",
        &json!({"identifiers": [PHONE], "recipient": recipient,
        "reason": SUBJECT_REASON}),
    );
    assert_eq!(package.status, 200);
    assert!(package.body.len() > INSIDE_FILE.len() && package.body.starts_with(b"age-"));
    let restricted = asked(
        "restrictions",
        &json!({"identifiers": [PHONE, format!("@{LOOKED_FOR}")],
        "ground": "claims", "reason": RESTRICTED}),
    );
    assert_eq!(restricted.status, 201, "{}", restricted.text());
    let restriction = restricted.json()["restriction"]["restriction"].as_str().unwrap().to_owned();
    let lifted = asked(
        &format!("restrictions/{restriction}/lift"),
        &json!({"reason": RESTRICTED, "informed": INFORMED}),
    );
    assert_eq!(lifted.status, 200, "{}", lifted.text());
    assert_eq!(asked("identify", &json!({"identifiers": [RESTRICTED]})).status, 400);
}

/// Everything that was written, by anybody, during the test.
fn search_everything(house: &House, needles: &Needles, when: &str) {
    let mut bytes = 0;
    for path in files_under(house.beside("").as_path()) {
        let contents = match fs::read(&path) {
            // A running daemon replaces files of the index; what takes their place
            // is searched with the next list.
            Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => continue,
            contents => contents.unwrap(),
        };
        bytes += contents.len();
        let found = needles.found_in(&contents);
        assert!(found.is_empty(), "{when}: {} holds {found:?}", path.display());
    }
    assert!(bytes > 10_000, "{when}: only {bytes} bytes were searched");
}

#[test]
fn nothing_that_was_told_or_asked_is_readable_on_disk_or_in_the_traces() {
    let needles = needles();
    let served = Served {
        id: MEDIUM_ID.to_owned(),
        mime: "application/pdf".to_owned(),
        bytes: format!("%PDF-1.7\n{INSIDE_FILE}\n{PHONE}\n").into_bytes(),
        dead_links: 1,
    };
    let graph = Graph::serving(MEDIA_TOKEN, vec![served]);
    let mut house = House::new();
    let temporary = house.beside("tmp");
    fs::create_dir(&temporary).unwrap();
    house.set("TMPDIR", temporary.to_str().unwrap());
    house.set("MUNIMENT_TELEMETRY__LEVEL", "trace");
    house.set("MUNIMENT_CAPTURE__BODY_BYTES_MAX", "20000");
    house.set("MUNIMENT_MEDIA__ENABLED", "true");
    house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
    house.set("MUNIMENT_MEDIA_TOKEN", MEDIA_TOKEN);
    house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MIN", "10");
    let (officer, privacy) = (house.token("officer"), house.token("privacy"));
    let daemon = house.serve();
    plant_deliveries(&daemon);
    plant_refusals(&daemon);
    until("the file is fetched", || (graph.downloads() == 1).then_some(()));
    plant_questions(&house, &daemon, &officer);
    plant_consent(&house, &daemon, &officer);
    plant_subjects(&daemon, &privacy);
    search_everything(&house, &needles, "while it runs");
    daemon.kill();
    search_everything(&house, &needles, "after a kill, with the write-ahead log");

    let daemon = house.serve();
    daemon.search(&house, &officer, QUERY);
    let trace = daemon.trace();
    assert!(trace.contains("TRACE") || trace.contains("DEBUG"), "the traces are quiet: {trace}");
    daemon.stop();
    assert_eq!(house.verify().code, 0);
    search_everything(&house, &needles, "after a stop, with everything flushed");
}

#[test]
fn the_search_itself_finds_every_form_of_what_is_looked_for() {
    let needles = needles();
    for (form, bytes) in needles::forms(TEXT) {
        let mut file = vec![0x5a; 1000];
        file.extend_from_slice(&bytes);
        assert!(!needles.found_in(&file).is_empty(), "{form}");
    }
    let body = webhook(&[text_message(1, PHONE, TEXT)]);
    let found = needles.found_in(body.as_bytes());
    for name in [TEXT, PHONE, "wamid"] {
        assert!(found.iter().any(|found| found.starts_with(name)), "{name}: {found:?}");
    }
    assert!(needles.found_in(&vec![b'a'; 100_000]).is_empty());
}
