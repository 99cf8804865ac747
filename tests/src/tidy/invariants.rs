//! `ARCHITECTURE.md` names a test for each of its invariants; each of them exists.

use std::path::Path;

use super::files::{has_extension, walk};

/// The invariants that name no test, and the tests that are named and not there.
pub fn check(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    let mut code = String::new();
    for path in walk(root).iter().filter(|path| has_extension(path, &["rs"])) {
        code.push_str(&std::fs::read_to_string(root.join(path)).unwrap_or_default());
        code.push('\n');
    }
    judge(&text, &code)
}

fn judge(text: &str, code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let invariants: Vec<&str> = text.split("\n- **").skip(1).collect();
    if invariants.is_empty() {
        out.push("ARCHITECTURE.md lists no invariant".to_owned());
    }
    for invariant in invariants {
        let bullet = invariant.split("\n\n").next().unwrap_or_default();
        let name =
            bullet.split("**").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        // The last bracket of a bullet holds the tests, `crate: module::test` each.
        let bracket = bullet.rsplit_once('[').map_or("", |(_, bracket)| bracket);
        let tests: Vec<&str> = bracket
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|test| test.split_once(": "))
            .map(|(_, test)| test)
            .collect();
        if tests.is_empty() {
            out.push(format!("`{name}` names no test"));
        }
        for test in tests {
            let last = test.rsplit("::").next().unwrap_or_default();
            if !code.contains(&format!("fn {last}(")) && !code.contains(&format!("\nmod {last};")) {
                out.push(format!("`{name}` names `{test}`, which is not there"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_without_its_test_is_found() {
        let text = "# A\n\n- **One thing**: words. [`a: b::here`]\n- **Another\n  thing** holds. [`a: gone`, `e: room`]\n- **Third**\n\nend";
        let code = "fn here() {}\nmod room;\n";
        assert_eq!(
            judge(text, code),
            ["`Another thing` names `gone`, which is not there", "`Third` names no test"]
        );
        assert_eq!(judge("", code), ["ARCHITECTURE.md lists no invariant"]);
    }
}
