//! `docs/API.md` lists what the router has, and every code there is.

use std::collections::BTreeSet;

use super::*;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md");
    std::fs::read_to_string(path).unwrap()
}

fn of_router() -> BTreeSet<String> {
    let line = |route: &routes::Route, method: &str| {
        let needs = route.needs.map_or("no token", Role::as_str);
        format!("| `{method}` | `{}` | {needs} |", route.path)
    };
    let archive = Archive::new();
    let api = api(&archive, config(), &archive.dir.path().join("tokens.toml"));
    let metrics = Metrics::new(&api, vec![]).unwrap();
    let routes = routes::all(&metrics);
    routes
        .iter()
        .flat_map(|route| route.methods.iter().map(move |method| line(route, method)))
        .collect()
}

#[tokio::test]
async fn the_page_lists_the_routes_with_their_roles() {
    let of_page: BTreeSet<String> = page()
        .lines()
        .filter(|line| line.starts_with("| `GET`") || line.starts_with("| `POST`"))
        .map(|line| line.rsplitn(3, '|').last().unwrap().trim_end().to_owned() + " |")
        .collect();
    assert_eq!(of_page, of_router());
}

#[tokio::test]
async fn each_route_takes_the_methods_that_it_says() {
    let door = Door::new();
    let api = api(&door.archive, config(), &door.tokens_file);
    let metrics = Metrics::new(&api, vec![]).unwrap();
    for route in routes::all(&metrics) {
        let address = route.path.replace("{record}", "0").replace("{medium}", "0");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            let mut request = get(&address, &door.admin);
            *request.method_mut() = method.parse().unwrap();
            let taken = door.ask(request).await.status != StatusCode::METHOD_NOT_ALLOWED;
            let said = route.methods.contains(&if method == "HEAD" { "GET" } else { method });
            assert_eq!(taken, said, "{method} {}", route.path);
        }
    }
}

#[test]
fn the_page_lists_every_code() {
    let sources = [
        include_str!("../error.rs"),
        include_str!("../auth.rs"),
        include_str!("../answer.rs"),
        include_str!("../log.rs"),
        include_str!("../search.rs"),
    ];
    let page = page();
    let mut codes = BTreeSet::new();
    for source in sources {
        let source = source.split("#[cfg(test)]").next().unwrap();
        for before in ["=> \"", "bad(\"", "code: \"", "=> (\""] {
            let found = source.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            codes.extend(found.filter(|word| is_code(word)).map(str::to_owned));
        }
    }
    assert!(codes.len() > 20, "{codes:?}");
    let roles = ["admin", "auditor", "officer"];
    for code in codes.iter().filter(|code| !roles.contains(&code.as_str())) {
        assert!(page.contains(&format!("| `{code}` |")), "docs/API.md lacks the code {code}");
    }
}

fn is_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
