//! Too many open files: refused at the start, and survived when it happens later.

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::process::Process;
use crate::support::{House, Ledger, Ran, until};

/// The program under a limit of the shell's: `ulimit` with this argument.
fn limited(house: &House, ulimit: &str, arguments: &[&str]) -> Command {
    let program = house.command(arguments);
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("ulimit {ulimit} && exec \"$@\""), "bash"]);
    shell.arg(program.get_program()).args(program.get_args()).env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.current_dir(house.beside(""));
    shell
}

#[test]
fn a_limit_that_is_too_low_is_refused_at_the_start_with_what_to_do() {
    let house = House::new();
    let refused = Ran::of(limited(&house, "-n 700", &["serve"]).output().unwrap());
    assert_eq!(refused.code, 1, "{refused:?}");
    for word in ["700 open files", "server.connections_max", "LimitNOFILE="] {
        assert!(refused.stderr.contains(word), "{word}: {refused:?}");
    }
    let looked = Ran::of(limited(&house, "-n 700", &["doctor"]).output().unwrap());
    assert_eq!(looked.code, 3, "{looked:?}");
    assert!(looked.stdout.contains("WRONG  open files: "), "{looked:?}");
    assert_eq!(house.run(&["doctor"]).code, 0);
}

#[test]
fn a_soft_limit_is_raised_as_far_as_it_goes() {
    let house = House::new();
    let mut process = Process::spawn(&house, limited(&house, "-Sn 256", &["serve"]));
    assert!(process.hooks().is_some(), "{}", process.trace());
    // Only Linux tells another process's limits in a file.
    if let Ok(limits) = fs::read_to_string(format!("/proc/{}/limits", process.pid())) {
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[3], words[4], "{line}");
    }
    assert_eq!(process.terminate().code(), Some(0));
}

#[test]
fn a_daemon_that_can_open_no_file_keeps_what_it_acknowledged() {
    let (house, ledger) = (House::new(), Ledger::default());
    let mut process = Process::start(&house, &[]);
    let hooks = process.hooks().unwrap().clone();
    for _ in 0..5 {
        assert_eq!(ledger.deliver(&hooks, ledger.next()), Some(200));
    }
    // From now on every attempt to open a file or to accept a connection fails.
    let pid = Pid::from_raw(i32::try_from(process.pid()).unwrap()).unwrap();
    let none = Rlimit { current: Some(8), maximum: Some(8) };
    prlimit(Some(pid), Resource::Nofile, none).unwrap();
    until("the daemon notices", || {
        ledger.deliver(&hooks, ledger.next());
        process.ended()
    });
    let trace = process.trace();
    assert_eq!(process.ended().unwrap().code(), Some(1), "{trace}");
    assert!(trace.contains("Too many open files"), "{trace}");

    assert_eq!(house.run(&["doctor"]).code, 0);
    let daemon = house.serve();
    ledger.check(&house, "after the limit");
    ledger.redeliver(&daemon.hooks);
    daemon.stop();
    ledger.check(&house, "in the end");
    assert_eq!(house.verify().code, 0);
}
