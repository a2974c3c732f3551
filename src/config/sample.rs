//! The commented configuration that `muniment init` writes.

const SAMPLE: &str = include_str!("sample.toml");

/// The sample, for an archive of this origin.
pub fn sample(origin: &str) -> String {
    SAMPLE.replace("@ORIGIN@", origin)
}
