//! The commented configuration that `muniment init` writes.

use std::path::Path;

const SAMPLE: &str = include_str!("sample.toml");

/// The sample, for an archive of this origin, with the file of its identity's
/// passphrase where it has one.
pub fn sample(origin: &str, passphrase_file: Option<&Path>) -> String {
    let text = SAMPLE.replace("\"@ORIGIN@\"", &quoted(origin));
    match passphrase_file {
        None => text,
        Some(path) => {
            let line = format!("passphrase_file = {}", quoted(&path.to_string_lossy()));
            text.replace("#passphrase_file = \"secrets/passphrase\"", &line)
        }
    }
}

/// A text as TOML has it between quotes.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
