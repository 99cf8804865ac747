//! One request, twenty policies: twelve that permit, eight that forbid, and forbidding wins.

mod biscuit;
mod cedar;
mod celled;
mod corpus;
mod opa;
mod ours;
mod rego;

use std::cell::RefCell;

use crate::rounds::Rounds;
use corpus::Corpus;

/// Prints what an answer costs each engine, on a corpus of so many requests.
pub fn measure(requests: u32) {
    let corpus = Corpus::new(requests);
    let ours = ours::Ours::new(&corpus);
    let cedar = cedar::Cedar::new(&corpus);
    let celled = celled::Celled::new(&corpus);
    let mut rego = rego::Rego::new(&corpus);
    let mut biscuit = biscuit::Biscuit::new(&corpus);
    let opa = opa::Opa::new(&corpus).inspect_err(|why| println!("OPA is left out: {why}")).ok();
    let cases = corpus.requests.len();
    let mut allowed = 0;
    for at in 0..cases {
        let answer = ours.answer(at);
        allowed += usize::from(answer);
        assert_eq!(answer, cedar.answer(at), "cedar, request {at}");
        assert_eq!(answer, celled.answer(at), "cel, request {at}");
        assert_eq!(answer, rego.interpreted(at), "regorus, request {at}");
        assert_eq!(answer, rego.compiled(at), "regorus as a virtual machine, request {at}");
        assert_eq!(answer, biscuit.answer(at), "biscuit, request {at}");
        assert_eq!(answer, ours.answer_json(&corpus, at), "from JSON, request {at}");
        assert_eq!(answer, cedar.answer_json(&corpus, at), "cedar from JSON, request {at}");
        assert_eq!(answer, celled.answer_json(&corpus, at), "cel from JSON, request {at}");
        assert_eq!(answer, rego.answer_json(&corpus, at), "regorus from JSON, request {at}");
        assert_eq!(answer, biscuit.answer_json(&corpus, at), "biscuit from JSON, request {at}");
        if let Some(opa) = &opa {
            let [ready, json] = &opa.answers;
            assert_eq!(Some(&answer), ready.get(at), "OPA, request {at}");
            assert_eq!(Some(&answer), json.get(at), "OPA from JSON, request {at}");
        }
    }
    println!("one request, 20 policies: {cases} requests, {allowed} allowed, everybody agrees");
    println!(" request ready");
    let corpus = &corpus;
    let (rego, biscuit) = (RefCell::new(rego), RefCell::new(biscuit));
    let opa = opa.map(|opa| (opa.version.clone(), RefCell::new(opa)));
    let mut rounds = Rounds::over(cases);
    rounds.add("assize", |at| ours.answer(at));
    rounds.add("cedar-policy 4.14.1, entities loaded", |at| cedar.answer(at));
    rounds.add("cel 0.15, the first that forbids is enough", |at| celled.answer(at));
    rounds.add("regorus 0.14.1, interpreter", |at| rego.borrow_mut().interpreted(at));
    rounds.add("regorus 0.14.1, virtual machine", |at| rego.borrow_mut().compiled(at));
    rounds.add("biscuit-auth 6.0.0, authorizer made", |at| biscuit.borrow_mut().answer(at));
    if let Some((version, opa)) = &opa {
        rounds.add_timed(version, |at, long| opa.borrow_mut().measure("ready", at, long));
    }
    rounds.run();
    println!(" from JSON");
    let mut rounds = Rounds::over(cases);
    rounds.add("assize", |at| ours.answer_json(corpus, at));
    rounds.add("cedar-policy 4.14.1, entities loaded", |at| cedar.answer_json(corpus, at));
    rounds.add("cel 0.15, the first that forbids is enough", |at| celled.answer_json(corpus, at));
    rounds.add("regorus 0.14.1, virtual machine", |at| rego.borrow_mut().answer_json(corpus, at));
    rounds.add("biscuit-auth 6.0.0", |at| biscuit.borrow().answer_json(corpus, at));
    if let Some((version, opa)) = &opa {
        rounds.add_timed(version, |at, long| opa.borrow_mut().measure("json", at, long));
    }
    rounds.run();
}
