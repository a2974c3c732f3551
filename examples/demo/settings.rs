//! Sets keys in the configuration that `muniment init` wrote, as one would in an
//! editor: the comments stay.

use anyhow::Context as _;

/// The text with `section.key` set to a TOML value. Where the key stands as a
/// comment that shows its default, that line becomes the setting.
///
/// # Errors
/// When the file has no such section or key: then this program and `init` disagree.
pub fn set(text: &str, section: &str, key: &str, value: &str) -> anyhow::Result<String> {
    let header = format!("[{section}]");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let begin = lines.iter().position(|line| line.trim() == header);
    let begin = begin.with_context(|| format!("the configuration has no section {header}"))? + 1;
    let inside = lines.iter().enumerate().skip(begin);
    let at = inside
        .take_while(|(_, line)| !line.starts_with('['))
        .find(|(_, line)| names(line, key))
        .map(|(at, _)| at);
    let line = at.and_then(|at| lines.get_mut(at));
    let line = line.with_context(|| format!("the configuration has no key {section}.{key}"))?;
    *line = format!("{key} = {value}");
    Ok(lines.join("\n") + "\n")
}

/// Whether a line sets the key, or shows its default behind `#`.
fn names(line: &str, key: &str) -> bool {
    let line = line.trim_start_matches('#').trim_start();
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// A text as TOML writes it.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Top.\n[a]\n# Why.\n#port = 1\nother = 2\n[b]\nport = 3\n";

    #[test]
    fn a_commented_default_becomes_a_setting() {
        let text = set(FILE, "a", "port", "9").unwrap();
        assert_eq!(text, "# Top.\n[a]\n# Why.\nport = 9\nother = 2\n[b]\nport = 3\n");
    }

    #[test]
    fn a_setting_is_replaced_in_its_own_section() {
        let text = set(FILE, "b", "port", &quoted("x\"y")).unwrap();
        assert!(text.ends_with("[b]\nport = 'x\"y'\n"), "{text}");
        assert!(text.contains("#port = 1"));
    }

    #[test]
    fn an_unknown_key_or_section_is_refused() {
        assert!(set(FILE, "a", "por", "1").is_err());
        assert!(set(FILE, "b", "other", "1").is_err());
        assert!(set(FILE, "c", "port", "1").is_err());
    }
}
