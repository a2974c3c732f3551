//! `docs/API.md` lists what the router has, and every code there is.

use std::collections::BTreeSet;

use super::*;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md");
    std::fs::read_to_string(path).unwrap()
}

fn of_router() -> BTreeSet<String> {
    let line = |route: &routes::Route, method: &str| {
        let needs = route.needs.map_or("no token", Permission::as_str);
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

#[test]
fn the_page_lists_each_role_with_what_it_may() {
    let page = page();
    for role in Role::ALL {
        let may: Vec<_> =
            role.permissions().iter().map(|it| format!("`{}`", it.as_str())).collect();
        let line = format!("| `{role}` | {} |", may.join(", "));
        assert!(page.contains(&line), "docs/API.md lacks {line}");
    }
}

#[tokio::test]
async fn each_route_takes_the_methods_that_it_says() {
    let door = Door::new();
    let api = api(&door.archive, config(), &door.tokens_file);
    let metrics = Metrics::new(&api, vec![]).unwrap();
    let routes = routes::all(&metrics);
    for route in &routes {
        let address = placed(route.path);
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            let mut request = get(&address, door.token_for(route.needs));
            *request.method_mut() = method.parse().unwrap();
            let taken = door.ask(request).await.status != StatusCode::METHOD_NOT_ALLOWED;
            let method_said = if method == "HEAD" { "GET" } else { method };
            let here = routes.iter().filter(|other| other.path == route.path);
            let said = here.into_iter().any(|other| other.methods.contains(&method_said));
            assert_eq!(taken, said, "{method} {}", route.path);
        }
    }
}

/// An address with something in each of its places.
fn placed(path: &str) -> String {
    let pieces = path.split('/').map(|piece| if piece.starts_with('{') { "0" } else { piece });
    pieces.collect::<Vec<_>>().join("/")
}

#[test]
fn the_page_lists_every_code() {
    let sources = [
        include_str!("../error.rs"),
        include_str!("../error/of_rooms.rs"),
        include_str!("../subjects.rs"),
        include_str!("../requests.rs"),
        include_str!("../auth.rs"),
        include_str!("../answer.rs"),
        include_str!("../dispositions.rs"),
        include_str!("../events.rs"),
        include_str!("../schedules.rs"),
        include_str!("../consent.rs"),
        include_str!("../holds.rs"),
        include_str!("../log.rs"),
        include_str!("../search.rs"),
    ];
    let page = page();
    let mut codes = BTreeSet::new();
    for source in sources {
        let source = source.split("#[cfg(test)]").next().unwrap();
        for before in ["=> \"", "bad(\"", "code: \"", "=> (\"", "not_safe(\""] {
            let found = source.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            codes.extend(found.filter(|word| is_code(word)).map(str::to_owned));
        }
    }
    assert!(codes.len() > 20, "{codes:?}");
    for code in &codes {
        assert!(page.contains(&format!("| `{code}` |")), "docs/API.md lacks the code {code}");
    }
}

fn is_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
