use std::convert::Infallible;
use std::path::PathBuf;

use super::*;
use crate::cli::remote::RemoteArgs;
use crate::clock::Clock;
use crate::config::Environment;
use crate::tlog::checkpoint::sign;
use crate::tlog::leaf_hash;
use crate::tlog::note::SigningKey;
use crate::tlog::proof::consistency;
use crate::tlog::tree::Edge;

const ORIGIN: &str = "archive.example.com/2026";

/// Checkpoints and proofs in files.
struct Drawer {
    dir: tempfile::TempDir,
    key: SigningKey,
}

impl Drawer {
    fn new() -> Self {
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        Self { dir: tempfile::tempdir().unwrap(), key }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        path
    }

    fn checkpoint(&self, name: &str, origin: &str, tree: &Edge) -> PathBuf {
        let stated = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
        self.file(name, &sign(&stated, &self.key))
    }

    fn proof(&self, old: u64, tree: &Edge) -> PathBuf {
        let read = |at| Ok::<_, Infallible>(tree.partial_tile(at));
        let proof = consistency(TreeSize::new(old), tree.size(), read).unwrap();
        let lines: String = proof.hashes().iter().map(|hash| hash.to_base64() + "\n").collect();
        self.file("proof", &lines)
    }

    fn run(&self, old: &Path, new: &Path, proof: Option<&Path>) -> anyhow::Result<(Exit, String)> {
        let args = Args {
            old: old.to_owned(),
            new: new.to_owned(),
            key: vec![self.key.verifier().to_string()],
            proof: proof.map(Path::to_owned),
            json: true,
            remote: RemoteArgs::default(),
        };
        let setting = Setting {
            config_file: PathBuf::from("/nowhere"),
            environment: Environment::default(),
            clock: Clock::system(),
        };
        let mut out = vec![];
        let exit = run(&args, &setting, &mut Printer::new(&mut out, false))?;
        Ok((exit, String::from_utf8(out).unwrap()))
    }
}

fn tree(size: u64, salt: &str) -> Edge {
    let mut edge = Edge::empty();
    for index in 0..size {
        edge.push(leaf_hash(format!("{salt}{index}").as_bytes()));
    }
    edge
}

#[test]
fn a_grown_log_is_of_one_history_whichever_file_is_named_first() {
    let drawer = Drawer::new();
    let (old, new) = (tree(5, "a"), tree(12, "a"));
    let proof = drawer.proof(5, &new);
    let old = drawer.checkpoint("old", ORIGIN, &old);
    let new = drawer.checkpoint("new", ORIGIN, &new);
    for (first, second) in [(&old, &new), (&new, &old)] {
        let (exit, text) = drawer.run(first, second, Some(&proof)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((exit, &json["right"]), (Exit::Fine, &true.into()), "{text}");
        assert_eq!((&json["old"]["size"], &json["new"]["size"]), (&5.into(), &12.into()));
    }
    let (exit, _) = drawer.run(&old, &old, None).unwrap();
    assert_eq!(exit, Exit::Fine, "the same needs no proof");
}

#[test]
fn another_history_is_told_apart() {
    let drawer = Drawer::new();
    let (old, new) = (tree(5, "a"), tree(12, "b"));
    let proof = drawer.proof(5, &new);
    let kept = drawer.checkpoint("old", ORIGIN, &old);
    let new = drawer.checkpoint("new", ORIGIN, &new);
    let (exit, text) = drawer.run(&kept, &new, Some(&proof)).unwrap();
    assert_eq!(exit, Exit::Wrong);
    assert!(text.contains("rewritten between them"), "{text}");
    let fork = drawer.checkpoint("fork", ORIGIN, &tree(5, "b"));
    let (exit, text) = drawer.run(&kept, &fork, None).unwrap();
    assert_eq!(exit, Exit::Wrong);
    assert!(text.contains("two different trees of one size"), "{text}");
}

#[test]
fn what_the_log_did_not_sign_is_wrong() {
    let drawer = Drawer::new();
    let good = drawer.checkpoint("good", ORIGIN, &tree(5, "a"));
    let others = Drawer::new();
    let stranger = others.checkpoint("stranger", ORIGIN, &tree(5, "a"));
    let other = drawer.checkpoint("other", "archive.example.com/2025", &tree(5, "a"));
    let altered = std::fs::read_to_string(&good).unwrap().replace("\n5\n", "\n6\n");
    let altered = drawer.file("altered", &altered);
    for bad in [&stranger, &other, &altered, &drawer.file("nonsense", "nonsense")] {
        let (exit, text) = drawer.run(&good, bad, None).unwrap();
        assert_eq!(exit, Exit::Wrong, "{text}");
        assert!(text.contains(bad.to_str().unwrap()), "{text}");
    }
}

#[test]
fn without_a_proof_or_with_none_that_reads_nothing_is_said() {
    let drawer = Drawer::new();
    let old = drawer.checkpoint("old", ORIGIN, &tree(5, "a"));
    let new = drawer.checkpoint("new", ORIGIN, &tree(12, "a"));
    let error = drawer.run(&old, &new, None).unwrap_err();
    assert!(error.to_string().contains("--proof"), "{error}");
    let broken = drawer.file("broken", "AAAA\n");
    let error = drawer.run(&old, &new, Some(&broken)).unwrap_err();
    assert!(error.to_string().contains("is no proof"), "{error}");
    let error = drawer.run(&old, Path::new("/nowhere/new"), None).unwrap_err();
    assert!(error.to_string().contains("could not read"), "{error}");
}
