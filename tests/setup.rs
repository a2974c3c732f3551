//! `bin/setup` on machines that lack things: it says what and why, installs by
//! the package manager that is there, and ends with an error where it cannot. And
//! what the scripts for tests refuse.
//!
//! A machine is a directory: its programs are the only ones on the PATH, and
//! libraries are looked for below it. Nothing is installed here; the package
//! managers are scripts that write down what they were asked for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "what a test writes need not last")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The programs of every system that the script itself uses.
const OF_EVERY_SYSTEM: [&str; 11] =
    ["bash", "env", "dirname", "awk", "sort", "head", "uname", "tr", "mkdir", "touch", "cat"];

struct Machine(tempfile::TempDir);

impl Machine {
    /// One with Rust and nothing else.
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir(machine.bin()).unwrap();
        for program in OF_EVERY_SYSTEM {
            symlink(place_of(program), machine.bin().join(program)).unwrap();
        }
        machine.program("rustc", "echo 'rustc 1.95.0 (abc 2026-01-01)'");
        machine.program("cargo", "exit 0");
        machine.program("id", "echo 0");
        machine
    }

    fn bin(&self) -> PathBuf {
        self.0.path().join("bin")
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.0.path().join("asked")).unwrap_or_default()
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// A package manager that writes down its arguments and then installs a
    /// compiler and libclang.
    fn installer(&self, name: &str) {
        let root = self.0.path().display();
        self.program(
            name,
            &format!(
                "echo {name} \"$@\" >> {root}/asked\n\
                 mkdir -p {root}/usr/lib/llvm-14/lib/clang/14/include\n\
                 touch {root}/usr/lib/llvm-14/lib/libclang.so.1\n\
                 touch {root}/usr/lib/llvm-14/lib/clang/14/include/stddef.h\n\
                 ln -sf true {root}/bin/c++"
            ),
        );
        for program in ["ln", "true"] {
            symlink(place_of(program), self.bin().join(program)).unwrap();
        }
    }

    fn set_up(&self, arguments: &[&str]) -> (bool, String) {
        let (code, said) = self.run("bin/setup", arguments);
        (code == Some(0), said)
    }

    /// Runs a script: its exit code, and all that it said.
    fn run(&self, script: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let Output { status, stdout, stderr } = Command::new(self.bin().join("bash"))
            .arg(script)
            .args(arguments)
            .env_clear()
            .env("PATH", self.bin())
            .env("SETUP_ROOT", self.0.path())
            .output()
            .unwrap();
        let text = [stdout, stderr].concat();
        (status.code(), String::from_utf8(text).unwrap())
    }
}

/// Where this machine has a program.
fn place_of(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|dir| dir.join(program));
    places.find(|place| place.is_file()).unwrap_or_else(|| panic!("no {program} on the PATH"))
}

#[test]
fn what_is_missing_is_named_with_its_reason_and_installed_with_apt() {
    let machine = Machine::new();
    machine.installer("apt-get");
    let (done, said) = machine.set_up(&[]);
    assert!(done, "{said}");
    let reasons = [
        "missing: c++ (RocksDB is written in C++20 and compiled here)",
        "missing: libclang (the binding to RocksDB is generated from its header with clang)",
        "installing with apt-get: g++ libclang-dev",
        "setup: ready",
    ];
    let places: Vec<_> = reasons.iter().map(|line| said.find(line)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{said}");
    let asked = machine.asked();
    assert!(asked.contains("apt-get install -y -qq --no-install-recommends g++ libclang-dev"));
}

#[test]
fn a_second_run_finds_everything_and_installs_nothing() {
    let machine = Machine::new();
    machine.installer("apt-get");
    machine.set_up(&[]);
    let asked = machine.asked();
    let (done, said) = machine.set_up(&[]);
    assert!(done && said == "setup: ready\n", "{said}");
    assert_eq!(machine.asked(), asked);
}

#[test]
fn fedora_and_macos_have_their_own_names() {
    for (manager, expected) in
        [("dnf", "dnf install -y -q gcc-c++ clang-devel"), ("brew", "brew install --quiet llvm\n")]
    {
        let machine = Machine::new();
        machine.installer(manager);
        let (done, said) = machine.set_up(&[]);
        assert!(done, "{said}");
        assert!(machine.asked().contains(expected), "{}", machine.asked());
    }
}

#[test]
fn who_is_not_root_installs_with_sudo_or_is_told_the_command() {
    let machine = Machine::new();
    machine.installer("apt-get");
    machine.program("id", "echo 1000");
    let (done, said) = machine.set_up(&[]);
    assert!(!done, "{said}");
    assert!(said.contains("As root, run: apt-get"), "{said}");
    assert_eq!(machine.asked(), "");

    let root = machine.0.path().display();
    machine.program("sudo", &format!("echo sudo >> {root}/asked\n\"$@\""));
    let (done, said) = machine.set_up(&[]);
    assert!(done, "{said}");
    assert!(machine.asked().starts_with("sudo\napt-get"), "{}", machine.asked());
}

#[test]
fn without_a_known_installer_it_says_what_to_install() {
    let (done, said) = Machine::new().set_up(&[]);
    assert!(!done);
    assert!(said.contains("Install yourself: c++ libclang"), "{said}");
    assert!(said.contains("(Debian's names: g++ libclang-dev )"), "{said}");
}

#[test]
fn an_installer_that_installs_nothing_is_noticed() {
    let machine = Machine::new();
    machine.program("apt-get", "exit 0");
    let (done, said) = machine.set_up(&[]);
    assert!(!done && said.contains("still cannot compile C++20"), "{said}");
}

#[test]
fn an_old_or_missing_rust_is_refused_with_advice() {
    let machine = Machine::new();
    machine.program("rustc", "echo 'rustc 1.94.1 (abc 2026-01-01)'");
    let (done, said) = machine.set_up(&[]);
    assert!(!done && said.contains("needs 1.95 or newer"), "{said}");
    fs::remove_file(machine.bin().join("cargo")).unwrap();
    let (done, said) = machine.set_up(&[]);
    assert!(!done && said.contains("https://rustup.rs"), "{said}");
}

#[test]
fn libclang_without_the_headers_of_clang_is_not_enough() {
    let machine = Machine::new();
    machine.installer("apt-get");
    let lib = machine.0.path().join("usr/lib");
    fs::create_dir_all(&lib).unwrap();
    fs::write(lib.join("libclang.so.1"), "").unwrap();
    let (_, said) = machine.set_up(&[]);
    assert!(said.contains("missing: libclang"), "{said}");
}

#[test]
fn the_tests_get_what_they_need_as_well() {
    let machine = Machine::new();
    machine.installer("apt-get");
    let (done, said) = machine.set_up(&["--tests"]);
    assert!(done, "{said}");
    let packages = "g++ libclang-dev golang-go golang-golang-x-mod-dev golang-filippo-age-dev \
                    golang-golang-x-crypto-dev age openssl curl python3";
    assert!(machine.asked().contains(packages), "{}", machine.asked());
    assert!(!machine.set_up(&["--has-go-libraries"]).0, "the libraries are not there");
    machine.program("go", "echo");
    for library in ["golang.org/x/mod/sumdb/tlog", "filippo.io/age", "golang.org/x/crypto/hkdf"] {
        assert!(!machine.set_up(&["--has-go-libraries"]).0, "before {library}");
        let place = machine.0.path().join("usr/share/gocode/src").join(library);
        fs::create_dir_all(place).unwrap();
    }
    assert!(machine.set_up(&["--has-go-libraries"]).0);
}

#[test]
fn a_misspelt_option_is_refused() {
    let (done, said) = Machine::new().set_up(&["--test"]);
    assert!(!done && said.contains("Usage: bin/setup [--tests"), "{said}");
}

/// Before anything is installed or built: these machines have no Rust that works.
#[test]
fn what_the_test_scripts_do_not_know_is_refused_at_once() {
    let machine = Machine::new();
    let refusals: [(&str, &[&str], &str); 9] = [
        ("bin/test", &["--fuz"], "unknown option --fuz. Usage: bin/test [--quick | --fuzz"),
        ("bin/test", &["--fuzz", "0"], "0 is no number of seconds"),
        ("bin/test", &["--fuzz", "5m"], "5m is no number of seconds"),
        ("bin/test", &["--fuzz", "1000000"], "1000000 is no number of seconds"),
        ("fuzz/run", &["--second", "5"], "unknown option --second. Usage: fuzz/run"),
        ("fuzz/run", &["--seconds"], "--seconds needs a number from 1"),
        ("fuzz/run", &["--seconds", "x"], "--seconds needs a number from 1"),
        ("fuzz/run", &["--repeat", "note"], "--repeat needs a target and a file"),
        ("fuzz/run", &["notes"], "there is no target notes. There are: add_checkpoint bundle"),
    ];
    for (script, arguments, reason) in refusals {
        let (code, said) = machine.run(script, arguments);
        assert_eq!(code, Some(2), "{script} {arguments:?}: {said}");
        assert!(said.contains(reason), "{script} {arguments:?}: {said}");
    }
}
