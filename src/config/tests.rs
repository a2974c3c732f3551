use super::*;

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("muniment.toml");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    (dir, path)
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let (_dir, path) = written(text);
    let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load_with(&path, Environment::from_pairs(pairs))
}

fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    load(text, variables).unwrap_err().to_string()
}

const GOOD: &str = "[archive]\norigin = \"archive.example.com\"\n";

#[test]
fn paths_are_relative_to_the_file() {
    let (dir, path) = written(&format!("{GOOD}data = \"rows\"\nkeys = \"/etc/muniment\"\n"));
    let config = Config::load_with(&path, Environment::default()).unwrap();
    assert_eq!(config.archive.data, dir.path().join("rows"));
    assert_eq!(config.archive.identity_file(), Path::new("/etc/muniment/identity.age"));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_its_neighbour() {
    let error = refusal(&format!("{GOOD}\n[server]\nhook = \"[::]:80\"\n"), &[]);
    assert!(error.contains("line 5"), "{error}");
    assert!(error.contains("did you mean `server.hooks`?"), "{error}");
    let error = refusal(&format!("{GOOD}\n[sever]\n"), &[]);
    assert!(error.contains("did you mean `server`?"), "{error}");
    let error = refusal(&format!("{GOOD}colour = 1\n"), &[]);
    assert!(error.contains("`archive.colour`") && !error.contains("did you mean"), "{error}");
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_its_line() {
    let error = refusal(&format!("{GOOD}\n[server]\nidle_seconds_max = \"long\"\n"), &[]);
    assert!(error.contains("line 5"), "{error}");
    let error = refusal("server = 3\n", &[]);
    assert!(error.contains("[server]"), "{error}");
}

#[test]
fn a_secret_in_the_file_is_refused_without_repeating_it() {
    for (section, key) in [
        ("meta", "app_secret"),
        ("meta", "verify_token"),
        ("media", "token"),
        ("archive", "passphrase"),
    ] {
        let error = refusal(&format!("[{section}]\n{key} = \"hunter2\"\n"), &[]);
        assert!(error.contains("MUNIMENT_") && error.contains("_file"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let error = refusal("[meta]\nverify_token = hunter2\n", &[]);
    assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
}

#[test]
fn the_environment_overrides_every_kind_of_key() {
    let variables = [
        ("MUNIMENT_SERVER__API", "[::1]:9000"),
        ("MUNIMENT_SERVER__CONNECTIONS_MAX", "7"),
        ("MUNIMENT_MEDIA__ENABLED", "false"),
        ("MUNIMENT_ARCHIVE__ESCROW_RECIPIENTS", "age1a, age1b"),
        ("MUNIMENT_TELEMETRY__FORMAT", "json"),
    ];
    let config = load(GOOD, &variables).unwrap();
    assert_eq!(config.server.api, "[::1]:9000");
    assert_eq!(config.server.connections_max, 7);
    assert!(!config.media.enabled);
    assert_eq!(config.archive.escrow_recipients, ["age1a", "age1b"]);
    assert_eq!(config.telemetry.format, TraceFormat::Json);
}

#[test]
fn a_variable_that_fits_no_key_or_has_the_wrong_kind_is_refused() {
    let error = refusal(GOOD, &[("MUNIMENT_SERVER__HOOK", "x")]);
    assert!(error.contains("did you mean `MUNIMENT_SERVER__HOOKS`?"), "{error}");
    let error = refusal(GOOD, &[("MUNIMENT_SERVER__CONNECTIONS_MAX", "many")]);
    assert!(error.contains("a whole number") && !error.contains("many"), "{error}");
    let error = refusal(GOOD, &[("MUNIMENT_TELEMETRY__FORMAT", "xml")]);
    assert!(error.contains("text, json"), "{error}");
    let error = refusal(GOOD, &[("MUNIMENT_STORE__OPEN_FILES_MAX", "99999999999")]);
    assert!(error.contains("environment"), "{error}");
}

#[test]
fn misspelt_secrets_are_noticed() {
    let config = load(GOOD, &[("MUNIMENT_META_APP_SECRET", "x"), ("PATH", "/bin")]).unwrap();
    assert_eq!(config.idle_variables().collect::<Vec<_>>(), ["MUNIMENT_META_APP_SECRET"]);
}

#[test]
fn values_that_cannot_be_are_refused() {
    assert!(refusal("", &[]).contains("archive.origin"));
    assert!(refusal(&format!("{GOOD}keys = \"data/keys\"\n"), &[]).contains("archive.keys"));
    assert!(refusal("[archive]\norigin = \"my archive\"\n", &[]).contains("archive.origin"));
    let same = format!("{GOOD}\n[server]\nhooks = \"[::1]:80\"\napi = \"[::1]:80\"\n");
    assert!(refusal(&same, &[]).contains("server.api"));
    let short = format!("{GOOD}\n[server]\nidle_seconds_max = 5\n");
    assert!(refusal(&short, &[]).contains("server.idle_seconds_max"));
    assert!(matches!(
        Config::load_with(Path::new("/nowhere/muniment.toml"), Environment::default()),
        Err(ConfigError::Missing(_))
    ));
}

#[test]
fn secrets_come_from_the_environment_and_from_files() {
    let (dir, path) = written(&format!("{GOOD}\n[meta]\napp_secret_files = [\"one\"]\n"));
    let write = |name: &str, text: &[u8]| {
        let mut file = std::fs::File::create(dir.path().join(name)).unwrap();
        std::io::Write::write_all(&mut file, text).unwrap();
    };
    write("one", b"first\n");
    let secrets = |config: &Config| -> Vec<String> {
        config.app_secrets().unwrap().iter().map(|secret| secret.to_string()).collect()
    };
    let config = Config::load_with(&path, Environment::default()).unwrap();
    assert_eq!(secrets(&config), ["first"]);
    assert!(config.verify_token().unwrap_err().to_string().contains("verify_token_file"));

    let pairs = [("MUNIMENT_META_APP_SECRETS", "hunter2, hunter3")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let other = Config::load_with(&path, Environment::from_pairs(pairs)).unwrap();
    assert_eq!(secrets(&other), ["hunter2", "hunter3"], "the environment stands before files");
    assert!(!format!("{other:?}").contains("hunter"));

    write("one", b"\n");
    assert!(matches!(config.app_secrets(), Err(ConfigError::EmptySecret(_))));
    std::fs::remove_file(dir.path().join("one")).unwrap();
    let error = config.app_secrets().unwrap_err().to_string();
    assert!(error.contains("App settings"), "{error}");
}

#[test]
fn a_private_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = tempfile::NamedTempFile::new().unwrap();
    let set = |mode| {
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o600);
    check_private(file.path()).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        set(mode);
        let error = check_private(file.path()).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}

#[test]
fn the_sample_has_every_key_and_reads_with_all_of_them() {
    let sample = sample("archive.example.com/2026", None);
    load(&sample, &[]).unwrap();
    let all: String = sample
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    load(&all, &[]).unwrap();
    let table: toml::Table = all.parse().unwrap();
    for key in Config::keys() {
        let [section, name] = key.path.as_slice() else { panic!("{key:?} is nested") };
        assert!(table[*section].get(name).is_some(), "sample.toml lacks {}", key.name());
    }
}

#[test]
fn the_sample_keeps_odd_origins_and_paths_as_they_are() {
    let sample = sample("a\"b\\c/2026", Some(Path::new("/etc/the \"pass\"")));
    let config = load(&sample, &[]).unwrap();
    assert_eq!(config.archive.origin, "a\"b\\c/2026");
    assert_eq!(config.archive.passphrase_file.as_deref(), Some(Path::new("/etc/the \"pass\"")));
}

#[test]
fn the_manual_documents_every_key() {
    let manual = include_str!("../../docs/OPERATING.md");
    for key in Config::keys() {
        let cell = format!("| `{}` |", key.name());
        assert!(manual.contains(&cell), "docs/OPERATING.md lacks a row for {}", key.name());
    }
}
