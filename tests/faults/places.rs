//! No durable step without a point: the sources are read for what makes a thing
//! durable, and each must stand within `fault::at`.

use std::path::Path;

use crate::support::files_under;

/// What makes something durable.
const STEPS: [&str; 5] = [".sync_all()", ".sync_data()", "fs::rename(", ".write_opt(", ".flush_cf"];

/// Lines above a step in which its point may be named.
const LINES_BEFORE: usize = 4;

/// Where the point is in who calls, or the step is another's.
const ELSEWHERE: [(&str, &str); 2] = [
    // `Store::commit` calls it within the point that the batch names.
    ("src/store/commit.rs", ".write_opt("),
    // `Store::flush` calls it within its point.
    ("src/store.rs", ".flush_cf"),
];

#[test]
fn every_durable_step_of_the_program_can_be_made_to_fail() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut steps = 0;
    let mut bare = vec![];
    for path in files_under(&root.join("src")) {
        let file = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if !file.ends_with(".rs") || file.contains("tests") || file.ends_with("tamper.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(step) = STEPS.iter().find(|step| line.contains(**step)) else { continue };
            if line.trim_start().starts_with("//") {
                continue;
            }
            steps += 1;
            let near = &lines[number.saturating_sub(LINES_BEFORE)..=number];
            let has_point = near.iter().any(|line| line.contains("fault::at("));
            if !has_point && !ELSEWHERE.contains(&(file.as_str(), step)) {
                bare.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(steps > 15, "only {steps} steps were seen: does this still read the sources?");
    assert!(bare.is_empty(), "wrap these in `fault::at` with a point of src/fault.rs: {bare:#?}");
}
