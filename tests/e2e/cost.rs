//! What policies cost: as `check --cost` says it, and that no case costs more.

use assize::{Budget, Engine};
use assize_lang::cost;

use crate::support::Sandbox;

const POLICY: &str = r#"package acme

use nhi.model.*

/// Keys whose uses are looked at once for each grant of their identity.
policy nested {
  for secret: Secret

  let odd = secret.identity.grants.exists(g, secret.uses.exists(u, u.id == g.id && u.outcome == Outcome.denied))

  decide {
    odd => alert low because "{secret.id}"
  }
}
"#;

fn project(cardinality: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("p.assize", POLICY);
    sandbox.write("assize.toml", format!("policies = [\"p.assize\"]\n{cardinality}"));
    sandbox
}

const SIZES: &str = "[cardinality]\nSecret = 20_000\n\n[cardinality.lists]\n\
                     Secret.uses = { average = 50, worst = 5_000 }\nIdentity.grants = { average = 4, worst = 60 }\n";

#[test]
fn the_cost_follows_the_declared_sizes() {
    let sandbox = project(SIZES);
    let run = sandbox.run("check --cost").expect(0);
    let row = run.stdout.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>();
    // Each grant, and for each the one use that the equality leaves.
    assert_eq!(row, ["acme.nested", "20,000", "8", "120", "Secret.uses", "(50%)"], "{}", run.stdout);
    assert!(!run.stdout.contains("guessed"), "{}", run.stdout);

    sandbox.write("p.assize", POLICY.replace("u.id == g.id && ", ""));
    let run = sandbox.run("check --cost").expect(2);
    for words in [
        "E0607",
        "ranges over 300060 elements at worst",
        "300000 of them are of `Secret.uses`",
        "p.assize:6:8",
    ] {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
    assert!(sandbox.run("check").expect(0).stdout.contains("0 errors"));
    sandbox.run("check --cost --budget 300060").expect(0);

    let run = sandbox.run("check --cost --format json").expect(2).json();
    assert_eq!(run["cost"]["budget"], 50_000);
    let policies = run["cost"]["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1, "the library's policies are not asked about: {policies:?}");
    assert_eq!(policies[0]["reach"], serde_json::json!({"average": 204, "worst": 300_060}));
    assert_eq!((&policies[0]["over"], &policies[0]["mostly"]["list"]), (&true.into(), &"Secret.uses".into()));
    assert_eq!(run["diagnostics"][0]["code"], "E0607");
    let sizes = run["cost"]["sizes"].as_array().unwrap();
    assert!(sizes.iter().all(|size| size["declared"] == true), "{sizes:?}");
}

#[test]
fn what_is_not_declared_is_guessed_and_said() {
    let run = project("").run("check --cost").expect(0);
    assert!(
        run.stdout.contains("guessed, since [cardinality] does not say: Identity.grants 1 to 100"),
        "{}",
        run.stdout
    );
    for (cardinality, words) in [
        (
            "[cardinality]\nSecrt = 1",
            "`[cardinality]` names `Secrt`, which is no type of fact; did you mean `Secret`?",
        ),
        (
            "[cardinality.lists]\nSecret.use = 1",
            "`[cardinality.lists]` names `Secret.use`, which is no list; did you mean `Secret.uses`?",
        ),
    ] {
        let sandbox = project(cardinality);
        let run = sandbox.run("check --cost").expect(2);
        assert!(run.stderr.contains(words), "{words} in {}", run.stderr);
        sandbox.run("check").expect(0);
    }
    project("").run("check --budget 5").expect(2);
}

/// Every policy of the library on all facts of the example: at the budget that its cost says, no case of
/// it is exhausted.
#[test]
fn no_case_of_the_example_costs_more_than_its_policy() {
    let sandbox = Sandbox::with("examples/northwind");
    let files = "trivy-storefront.json trivy-fleet-api.json trivy-report-worker.json kev.json ssvc.jsonl gitleaks.json \
                 aws-credential-report.csv cloudtrail.json kubernetes.json falco.jsonl facts.ndjson coverage.ndjson";
    for file in files.split(' ') {
        let context = "--account 111122223333 --cluster prod-eu --observed-at 2026-06-01T09:00:00Z \
                       --repo github.com/northwind-robotics/arm-sdk";
        sandbox.run(&format!("ingest auto examples/northwind/{file} --out estate {context} -q"));
    }
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut loader = engine.loader();
    let text = sandbox.run("snapshot export estate").expect(0).stdout;
    text.lines().zip(1..).for_each(|(line, number)| loader.line("estate", number, line));
    let (snapshot, now) = (loader.finish(), "2026-06-01T12:00:00Z".parse().unwrap());
    let program = engine.program();
    let costs = cost::policies(program, &engine.sizes(&snapshot, now));
    assert!(costs.iter().filter(|cost| cost.reach.worst > 1).count() >= 8, "{costs:?}");
    let budgets: std::collections::BTreeSet<u64> = costs.iter().map(|cost| cost.reach.worst).collect();
    let mut exhausted = 0_usize;
    for budget in budgets {
        let evaluation = engine.with_budget(Budget::reach(budget)).evaluate(&snapshot, now);
        for one in evaluation.undetermined.iter().filter(|one| one.exhausted) {
            let cost = costs.iter().find(|cost| cost.policy.as_str() == one.policy).unwrap();
            assert!(cost.reach.worst > budget, "{} at {budget}: {:?}", one.policy, cost.reach);
            exhausted += 1;
        }
    }
    assert!(exhausted > 0, "no budget was ever too small");
}
