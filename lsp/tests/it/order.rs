//! Answers are made from the text that was there when the question was asked.

use crate::harness::{Session, place, position, project, uri};

/// A text whose param is documented with its number.
fn text(number: usize) -> String {
    format!("package acme.p\n/// Number {number}.\nparam one: int = {number}\nfn f(): bool = one > 0\n")
}

#[test]
fn a_question_right_behind_an_edit_sees_it() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    session.open(&file, 0, &text(0));
    // All are on their way before the first answer is read.
    let mut asked = Vec::new();
    for number in 1..=100 {
        let text = text(number);
        session.replace(&file, i32::try_from(number).expect("small"), &text);
        asked.push((number, session.ask("textDocument/hover", place(&file, position(&text, "one >")))));
        // The pipe is finite, and so is the server's patience with an editor that does not read.
        if asked.len() == 10 {
            for (number, id) in asked.drain(..) {
                let answer = session.answer(id);
                let shown = answer["contents"]["value"].as_str().expect("text");
                assert!(shown.contains(&format!("Number {number}.")), "{number}: {shown}");
            }
        }
    }
    assert_eq!(asked.len(), 0);
    let mut found = session.diagnostics(&file, 100);
    assert_eq!(found.pop(), None);
}

#[test]
fn a_request_that_is_called_off_costs_nothing() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    session.open(&file, 1, &text(1));
    let about = place(&file, position(&text(1), "one >"));
    let id = session.ask("textDocument/hover", about.clone());
    session.notify("$/cancelRequest", serde_json::json!({"id": id}));
    session.cancelled_or_answered(id);
    assert!(session.request("textDocument/hover", about)["contents"].is_object());
    assert_eq!(session.diagnostics(&file, 1).len(), 0);
}
