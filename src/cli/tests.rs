use clap::CommandFactory as _;

use super::*;

fn parsed(line: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from([&["muniment"], line].concat())
}

#[test]
fn the_commands_fit_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_manual_is_understood() {
    let id = "0123456789abcdef0123456789abcdef";
    for line in [
        &["init", "--origin", "archive.example.com/2026"][..],
        &["init", "a", "--origin", "a", "--passphrase-file", "p"],
        &["serve", "--ready-file", "r"],
        &["search", "", "--order", "best", "--limit", "5", "--json", "--party", "+49"],
        &["show", id, "--raw", "--media", "d"],
        &["thread", id, "--newest"],
        &["receipt", id, "-o", "f"],
        &["receipt", "verify", "f", "--key", "k", "--key", "l", "--entry", "e", "--json"],
        &["receipt", "verify", "f", "--policy", "p"],
        &["log", "export", "d"],
        &["log", "export", "d", "--data", "copy", "--key", "k"],
        &["log", "consistency", "a", "b", "--key", "k", "--proof", "p"],
        &["log", "consistency", "a", "b", "--key", "k", "--server", "http://[::1]:1"],
        &["verify"],
        &["verify", "copy", "--identity", "i", "--checkpoint", "c", "--checkpoint", "d"],
        &["keygen", "identity", "-o", "f"],
        &["keygen", "log", "--origin", "a", "-o", "f"],
        &["policy", "list", "--json"],
        &["policy", "show", "sox"],
        &["policy", "check", "a.toml", "default", "--json"],
        &["policy", "diff", "a.toml", "b.toml"],
        &["token", "create", "Dana", "--role", "officer", "--expires-days", "30"],
        &["token", "list", "--json"],
        &["token", "revoke", "0011223344556677"],
        &[
            "hold",
            "place",
            "--matter",
            "m",
            "--custodian",
            "c",
            "--authority",
            "a",
            "--because",
            "b",
        ],
        &["hold", "list", "--state", "grace", "--matter", "m", "--limit", "5"],
        &["hold", "release", id, "--because", "settled"],
        &["hold", "acknowledge", id, "--notice", id, "--by", "Noor"],
        &["hold", "report", "m", "--json", "--token-file", "t"],
        &["hold", "--server", "http://[::1]:1", "list"],
        &["consent", "show", "+49 1", "--purpose", "ai", "--at", "2026-06-01T14:03:00Z", "--json"],
        &[
            "consent",
            "tell",
            "+49 1",
            "opt-out",
            "--purposes",
            "all",
            "--by",
            "call",
            "--reference",
            "7",
        ],
        &["consent", "review", "--after", id],
        &["consent", "review", id, "--not-meant", "--because", "an order"],
        &["consent", "import", "f.csv"],
        &["consent", "export", "DE.1", "--purpose", "marketing", "--number", "49"],
        &["consent", "history", "DE.1", "--server", "http://[::1]:1"],
        &["completions", "bash"],
        &["config", "check"],
        &["config", "keys", "--config", "elsewhere.toml"],
    ] {
        parsed(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let id = "0123456789abcdef0123456789abcdef";
    for line in [
        &["init"][..],
        &["init", "--origin", "my archive"],
        &["show", "12"],
        &["show", id, "--raw", "--json"],
        &["thread", "zz"],
        &["token", "create", "Dana"],
        &["token", "create", "Dana", "--role", "root"],
        &["token", "create", "Dana", "--role", "officer", "--expires-days", "0"],
        &["search", "x", "--token", "mun_1_x"],
        &["policy"],
        &["policy", "check"],
        &["policy", "diff", "a.toml"],
        &["receipt"],
        &["receipt", "12"],
        &["receipt", "verify", "f"],
        &["receipt", id, "verify", "f", "--key", "k"],
        &["log"],
        &["log", "consistency", "a", "--key", "k"],
        &["log", "consistency", "a", "b", "--proof", "p"],
    ] {
        let refused = parsed(line).map(|cli| panic!("{line:?}: {cli:?}")).unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{line:?}");
    }
}

#[test]
fn a_word_that_is_none_is_refused_with_those_there_are() {
    for (line, told) in [
        ("tag list --state gone", "a putting stands as stands, taking_asked, taken"),
        ("hold list --state open", "a hold stands as in_force, release_asked, grace, released"),
        ("finding list --kind window", "it is one of without_consent, after_opt_out, outside_"),
        ("finding list --state closed", "it is one of open, withdrawn, accepted, dismissed"),
        ("disposition list --stage due", "a disposition is planned, approved, rejected, started"),
        ("subject restrict 49 --because b --ground c", "a ground is one of accuracy, unlawful"),
        ("subject requests --kind letter", "a request is for a report, erasure or restriction"),
    ] {
        let refused = parsed(&line.split(' ').collect::<Vec<_>>()).unwrap_err().to_string();
        assert!(refused.contains(told), "{line}: {refused}");
    }
    for line in [
        "tag list --state taken",
        "hold list --state grace",
        "finding list --kind outside_window --state open",
        "disposition list --stage started",
    ] {
        parsed(&line.split(' ').collect::<Vec<_>>()).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_command_has_help_with_examples() {
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(command.get_about().is_some(), "{name}");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(
            name == "help"
                || after.contains(&format!("muniment {name}"))
                || after.contains("muniment --config"),
            "{name}"
        );
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    use clap::ValueEnum as _;
    for shell in clap_complete::Shell::value_variants() {
        let mut script = vec![];
        clap_complete::generate(*shell, &mut Cli::command(), "muniment", &mut script);
        assert!(String::from_utf8(script).unwrap().contains("receipt"), "{shell}");
    }
}
