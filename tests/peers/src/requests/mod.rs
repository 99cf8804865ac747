//! One request, twenty policies: twelve that permit, eight that forbid, and forbidding wins.

mod cedar;
mod celled;
mod corpus;
mod ours;
mod rego;

use crate::rounds::Rounds;
use corpus::Corpus;

/// Prints what an answer costs each engine, on a corpus of so many requests.
pub fn measure(requests: u32) {
    let corpus = Corpus::new(requests);
    let ours = ours::Ours::new(&corpus);
    let cedar = cedar::Cedar::new(&corpus);
    let celled = celled::Celled::new(&corpus);
    let mut rego = rego::Rego::new(&corpus);
    let cases = corpus.requests.len();
    let mut allowed = 0;
    for at in 0..cases {
        let answer = ours.answer(at);
        allowed += usize::from(answer);
        assert_eq!(answer, cedar.answer(at), "cedar, request {at}");
        assert_eq!(answer, celled.answer(at), "cel, request {at}");
        assert_eq!(answer, rego.interpreted(at), "regorus, request {at}");
        assert_eq!(answer, rego.compiled(at), "regorus as a virtual machine, request {at}");
        assert_eq!(answer, ours.answer_json(&corpus, at), "from JSON, request {at}");
        assert_eq!(answer, cedar.answer_json(&corpus, at), "cedar from JSON, request {at}");
        assert_eq!(answer, celled.answer_json(&corpus, at), "cel from JSON, request {at}");
        assert_eq!(answer, rego.answer_json(&corpus, at), "regorus from JSON, request {at}");
    }
    println!("one request, 20 policies: {cases} requests, {allowed} allowed, everybody agrees");
    println!(" request ready");
    let (corpus, rego) = (&corpus, std::cell::RefCell::new(rego));
    let mut rounds = Rounds::default();
    rounds.add("assize", |at| ours.answer(at));
    rounds.add("cedar-policy 4.14.1, entities loaded", |at| cedar.answer(at));
    rounds.add("cel 0.15, the first that forbids is enough", |at| celled.answer(at));
    rounds.add("regorus 0.14.1, interpreter", |at| rego.borrow_mut().interpreted(at));
    rounds.add("regorus 0.14.1, virtual machine", |at| rego.borrow_mut().compiled(at));
    rounds.run(cases);
    println!(" from JSON");
    let mut rounds = Rounds::default();
    rounds.add("assize", |at| ours.answer_json(corpus, at));
    rounds.add("cedar-policy 4.14.1, entities loaded", |at| cedar.answer_json(corpus, at));
    rounds.add("cel 0.15, the first that forbids is enough", |at| celled.answer_json(corpus, at));
    rounds.add("regorus 0.14.1, virtual machine", |at| rego.borrow_mut().answer_json(corpus, at));
    rounds.run(cases);
}
