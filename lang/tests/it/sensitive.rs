//! A sensitive value is asked about and never shown: policies that try to get it out, and those that do not.

use crate::support::check;

const VAULT: &str = r#"package p
use model.*
entity Vault {
  key id: string
  label: string
  pin: sensitive<int>
  code: sensitive<string>
  spare: sensitive<string>?
  level: sensitive<Level>
  ref: sensitive<Identity>
  keys: list<sensitive<string>>
  all: sensitive<list<string>>
  notes: map<string, sensitive<string>>
  raw: sensitive<bytes>
  at: sensitive<timestamp>
  bag: dyn
  owner: Identity inverse vaults
} closed
event Opened { key id: string at: timestamp vault: Vault inverse opened account: string } covered by cloud_mgmt on account
fn same(a: sensitive<string>): sensitive<string> = a
fn any(a: dyn): dyn = a
"#;

fn errors(policy: &str, items: &str) -> Vec<String> {
    let lines = check(&format!("{VAULT}{items}\npolicy q {{ for v: Vault {policy} }}\n")).1;
    lines.into_iter().filter(|line| line.starts_with('E')).collect()
}

/// Expressions that are, or hold, or tell of a sensitive value.
const LEAKS: &[&str] = &[
    "v.pin",
    "v.code",
    "v.spare.orValue('none')",
    "v.spare.assume('none')",
    "v.level",
    "v.ref",
    "v.ref.name",
    "v.keys",
    "v.keys[0]",
    "v.keys.map(k, k)",
    "v.keys.map(k, [k])",
    "v.keys.map(k, {'k': k})",
    "v.keys.filter(k, k != '')",
    "v.keys.distinct()",
    "v.keys.max().orValue('')",
    "v.keys.join(',')",
    "v.keys + ['a']",
    "v.all",
    "v.all[0]",
    "v.all.map(k, k)",
    "v.all.join(',')",
    "v.notes",
    "v.notes.a",
    "v.notes['a']",
    "v.raw",
    "v.at",
    "v.at + 1h",
    "[v.code]",
    "[v.code, 'a']",
    "['a', v.code]",
    "[v.bag, v.code]",
    "[v.code, v.bag]",
    "[1, v.code]",
    "{'a': v.code}",
    "{'a': 1, 'b': v.code}",
    "{'a': v.bag, 'b': v.code}",
    "(v.label == '' ? v.code : v.bag)",
    "(v.label == '' ? v.bag : v.code)",
    "(v.label == '' ? v.code : 'a')",
    "(v.label == '' ? 'a' : v.code)",
    "(v.label == '' ? 1 : v.code)",
    "v.bag.orValue(v.code)",
    "v.bag.assume(v.code)",
    "v.label.assume(v.code)",
    "any(v.code)",
    "same(v.code)",
    "v.code + ''",
    "'a' + v.code",
    "v.pin + 0",
    "-v.pin",
    "v.pin * 1",
    "string(v.code)",
    "string(v.pin)",
    "int(v.pin)",
    "dyn(v.code)",
    "bytes(v.code)",
    "v.code.substring(0)",
    "v.code.charAt(0)",
    "v.code.split('')",
    "v.code.lowerAscii()",
    "v.code.trim()",
    "v.code.replace('a', 'b')",
    "v.code.indexOf('a')",
    "v.label.replace('a', v.code)",
    "v.label.indexOf(v.code)",
    "Vault.map(w, w.code)",
    "v.owner.vaults.map(w, w.pin).max().orValue(0)",
    "v.owner.vaults.map(w, w.pin).sum()",
    "v.owner.vaults.map(w, w.bag == 1 ? w.bag : w.code)",
];

/// Conditions that tell a value bit by bit.
const PROBES: &[&str] = &[
    "v.code.contains('a')",
    "v.code.startsWith('a')",
    "v.code.endsWith('a')",
    "v.code.matches('^a')",
    "v.code.glob('a*')",
    "'abc'.contains(v.code)",
    "'abc'.startsWith(v.code)",
    "v.label.matches(v.code)",
    "v.label.glob(v.code)",
    "v.code < 'm'",
    "'m' >= v.code",
    "v.pin > 5",
    "v.pin % 2 == 0",
    "v.level >= Level.elevated",
    "v.at > now - 1d",
    "v.keys.exists(k, k < 'm')",
    "v.keys.exists(k, k.startsWith('a'))",
    "v.code[0] == 'a'",
    "any(v.code).startsWith('a')",
    "v.bag[v.code] == 1",
];

/// What may be asked.
const QUESTIONS: &[&str] = &[
    "v.code == 'hunter2'",
    "v.code != v.spare",
    "v.code in ['a', 'b']",
    "v.code.size() > 8",
    "v.keys.size() > 1",
    "v.keys.exists(k, k == v.code)",
    "v.keys.distinct().size() > 1",
    "v.keys.filter(k, k == v.code).size() == 1",
    "v.code in v.keys",
    "v.spare == null",
    "has(v.spare) && v.spare == v.code",
    "v.spare.orValue(v.code) == v.code",
    "same(v.code) == v.code",
    "[v.code, v.code] == v.keys",
    "v.owner.vaults.exists(w, w.id != v.id && w.code == v.code)",
    "v.owner.vaults.map(w, w.code).distinct().size() < v.owner.vaults.size()",
    "known(v.code)",
];

#[test]
fn nothing_sensitive_is_shown() {
    for leak in LEAKS {
        let shown = leak.replace('"', "'");
        for policy in [
            format!("decide {{ otherwise => alert low because \"{{({shown})}}\" }}"),
            format!("let x = {leak} decide {{ otherwise => alert low because \"{{x}}\" }}"),
            format!("decide {{ otherwise => rank Level.total by {leak} because \"b\" }}"),
            format!("decide {{ otherwise => alert low with {{ k: {leak} }} because \"b\" }}"),
            format!("decide {{ otherwise => alert low with {{ k: \"{{({shown})}}\" }} because \"b\" }}"),
        ] {
            assert_ne!(errors(&policy, ""), Vec::<String>::new(), "{policy}");
        }
    }
}

#[test]
fn nothing_sensitive_is_probed() {
    for probe in PROBES {
        let policy = format!("decide {{ {probe} => alert low because \"b\" }}");
        assert_ne!(errors(&policy, ""), Vec::<String>::new(), "{policy}");
    }
}

#[test]
fn what_may_be_asked_is_asked() {
    for question in QUESTIONS {
        let policy = format!("decide {{ {question} => alert low because \"{{{question}}}\" }}");
        assert_eq!(errors(&policy, ""), Vec::<String>::new(), "{policy}");
    }
}

#[test]
fn no_case_target_or_scope_is_sensitive() {
    for (policy, code) in [
        ("for k in v.keys decide { otherwise => alert low because \"b\" }", "E0308"),
        ("for k in v.owner.vaults.map(w, w.code) decide { otherwise => alert low because \"b\" }", "E0308"),
        ("decide { otherwise => revoke v.ref because \"b\" }", "E0407"),
        ("decide { otherwise => alert (v.level) because \"b\" }", "E0301"),
        ("decide { otherwise => rank v.level by v.id because \"b\" }", "E0407"),
    ] {
        let policy = policy.replacen("for ", ", ", 1).replacen("for v: Vault ,", ",", 1);
        let found = errors(&policy, "");
        assert!(found.iter().any(|line| line.starts_with(code)), "{policy}: {found:?}");
    }
    for (item, code) in [
        ("entity X { key id: sensitive<string> } closed", "E0301"),
        (
            "event X { key id: string at: timestamp of: sensitive<string> } covered by cloud_mgmt on of",
            "E0301",
        ),
        ("relation r(a: sensitive<string>) { case where a == 'x' }", "E0301"),
        ("fn out(a: sensitive<string>): string = a", "E0301"),
        ("fn out(a: sensitive<string>): dyn = a", "E0301"),
        ("fn out(v: Vault): dyn = v.keys", "E0301"),
        ("fn out(v: Vault): list<dyn> = [v.code]", "E0301"),
    ] {
        let found = errors("decide { otherwise => alert low because \"b\" }", item);
        assert!(found.iter().any(|line| line.starts_with(code)), "{item}: {found:?}");
    }
}

/// A list whose scope an equality fixes says of which scope it was not covered. No scope is made of a
/// sensitive value.
#[test]
fn an_equality_with_a_sensitive_value_fixes_no_scope() {
    let windows = |condition: &str| {
        let policy =
            format!("policy q {{ for v: Vault decide {{ {condition} => alert low because \"b\" }} }}\n");
        let (program, lines) = check(&format!("{VAULT}{policy}"));
        assert!(!lines.iter().any(|line| line.starts_with('E')), "{lines:?}");
        format!("{:?}", program.policies["p.q"].arms[0].when).contains("fixed: []")
    };
    assert!(windows("v.opened.exists(o, o.account == v.code)"));
    assert!(!windows("v.opened.exists(o, o.account == v.label)"));
}
