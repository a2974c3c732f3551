use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;
use crate::clock::Clock;
use crate::config::Environment;

/// Answers one request so, and gives its head and body back.
fn answering(status: &'static str, body: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut request = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            request.push_str(&line);
            if line == "\r\n" || line.is_empty() {
                break;
            }
        }
        let mut sent = vec![0; length];
        reader.read_exact(&mut sent).unwrap();
        request.push_str(&String::from_utf8(sent).unwrap());
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        request
    });
    (base, asked)
}

fn remote(base: &str, reason: Option<&str>) -> Remote {
    let args = RemoteArgs {
        server: Some(format!("{base}/")),
        token_file: None,
        reason: reason.map(str::to_owned),
    };
    let pairs = [("MUNIMENT_TOKEN".to_owned(), "mun_1_x\n".to_owned())];
    let setting = Setting {
        config_file: "/nowhere".into(),
        environment: Environment::from_pairs(pairs),
        clock: Clock::system(),
    };
    Remote::of(&args, &setting).unwrap()
}

#[test]
fn a_question_carries_token_and_reason_and_gets_the_answers_bytes() {
    let (base, asked) = answering("200 OK", "{\"b\": 1}");
    let json = serde_json::json!({"q": "חשבונית"});
    let body = remote(&base, Some("case 7")).post("/v1/search", &json).unwrap();
    assert_eq!(body, b"{\"b\": 1}");
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("POST /v1/search HTTP/1.1\r\n"), "{asked}");
    let lower = asked.to_lowercase();
    assert!(lower.contains("authorization: bearer mun_1_x\r\n"), "{asked}");
    assert!(lower.contains("muniment-reason: case 7\r\n"), "{asked}");
    assert!(asked.ends_with("{\"q\":\"חשבונית\"}"), "{asked}");
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    let (base, _) = answering(
        "404 Not Found",
        "{\"code\":\"not_found\",\"detail\":\"there is no such record\",\"request_id\":\"r-17\"}",
    );
    let error = remote(&base, None).get("/v1/records/x", &[("limit", "1")]).unwrap_err();
    assert!(error.is_not_found() && !error.is_not_yet(), "{error:?}");
    assert_eq!(error.to_string(), "there is no such record");
}

#[test]
fn a_failure_inside_is_told_with_what_finds_it() {
    let refused = RemoteError::Refused {
        code: "inside".into(),
        detail: "something failed inside".into(),
        request_id: "r-17".into(),
    };
    assert_eq!(refused.to_string(), "something failed inside (request r-17)");
}

#[test]
fn a_stranger_is_not_taken_for_the_archive() {
    let (base, _) = answering("502 Bad Gateway", "<html>");
    let error = remote(&base, None).get("/", &[]).unwrap_err();
    assert!(matches!(error, RemoteError::Stranger(_, 502)), "{error:?}");
}

#[test]
fn nobody_there_is_told_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = remote(&base, None).get("/", &[]).unwrap_err();
    assert!(error.to_string().contains("muniment serve"), "{error}");
}

#[test]
fn an_address_is_made_from_where_the_daemon_listens() {
    assert_eq!(address_of("0.0.0.0:8601"), "http://127.0.0.1:8601");
    assert_eq!(address_of("[::]:8601"), "http://[::1]:8601");
    assert_eq!(address_of("10.0.0.7:8601"), "http://10.0.0.7:8601");
    assert_eq!(address_of("archive.internal:8601"), "http://archive.internal:8601");
}

#[test]
fn what_is_no_address_is_refused() {
    for bad in ["", "127.0.0.1:8601", "ftp://a", "http://", "http://127.0.0.1:0"] {
        assert!(check_address(bad).is_err(), "{bad:?}");
    }
    for good in ["http://localhost:1", "http://[::1]:1", "https://archive.example.com"] {
        check_address(good).unwrap();
    }
    assert!(is_this_machine("[::1]") && is_this_machine("127.0.0.2"));
    assert!(!is_this_machine("10.0.0.1"));
}

#[test]
fn without_a_token_nothing_is_asked() {
    let args = RemoteArgs { server: Some("http://[::1]:1".into()), token_file: None, reason: None };
    let setting = Setting {
        config_file: "/nowhere".into(),
        environment: Environment::default(),
        clock: Clock::system(),
    };
    let error = Remote::of(&args, &setting).unwrap_err();
    assert!(error.to_string().contains("muniment token create"), "{error}");
    let error = Remote::of(&RemoteArgs { server: None, ..args }, &setting).unwrap_err();
    assert!(format!("{error:#}").contains("--server"), "{error:#}");
}
