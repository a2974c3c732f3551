//! Writes the seeds: `seeds DIRECTORY`.
//!
//! What is instrumented links with libFuzzer alone, so this is a fuzz target in
//! form; it ends before any fuzzing.

#![no_main]

use std::path::PathBuf;
use std::process::exit;

libfuzzer_sys::fuzz_target!(init: write(), |_input: &[u8]| {});

fn write() {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: seeds DIRECTORY");
        exit(2);
    };
    if let Err(error) = muniment_fuzz::seeds::write(&directory) {
        eprintln!("seeds: {error}");
        exit(2);
    }
    exit(0);
}
