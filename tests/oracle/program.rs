//! Building and running other people's code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// Where Debian's packages of Go libraries put them.
const DEBIAN_GOPATH: &str = "/usr/share/gocode";

const ADVICE: &str = "run `bin/setup --tests`, which installs it";

/// A Go program of `tests/oracle`, built for one test.
pub(crate) struct Program {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Program {
    /// Go's checksum database: notes, trees and proofs.
    pub(crate) fn xmod() -> Self {
        Self::build("xmod")
    }

    /// Go's age.
    pub(crate) fn age() -> Self {
        Self::build("age")
    }

    fn build(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name);
        let own = run(Command::new("go").args(["env", "GOPATH"]), b"").unwrap();
        let own = String::from_utf8(own).unwrap();
        let mut build = Command::new("go");
        build.args(["build", "-o"]).arg(&path).arg(".").current_dir(source);
        build.env("GO111MODULE", "off").env("GOFLAGS", "");
        build.env("GOPATH", format!("{}:{DEBIAN_GOPATH}", own.trim()));
        if let Err(error) = run(&mut build, b"") {
            panic!("the Go program {name} does not build: {error}\na library is missing? {ADVICE}");
        }
        Self { _dir: dir, path }
    }

    /// Gives what the program writes; where it ends with an error, its complaint.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
        run(Command::new(&self.path).args(arguments), input)
    }
}

/// Opens an age file with the `age` command and an identity file.
pub(crate) fn age_tool(identity: &Path, file: &[u8]) -> Result<Vec<u8>, String> {
    run(Command::new("age").arg("--decrypt").arg("--identity").arg(identity), file)
}

fn run(command: &mut Command, input: &[u8]) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("no {name} ({error}): {ADVICE}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that complains before it has read everything closes the pipe.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
