//! What is written in one go, with places to fill in.

use super::context::Context;
use super::{Kind, Proposal};

fn snippet(label: &str, rank: u16, docs: &str, insert: &str) -> Proposal {
    Proposal::new(label, Kind::Snippet, rank).docs(docs).snippet(insert)
}

/// Whole items.
pub(super) fn items() -> Vec<Proposal> {
    vec![
        snippet(
            "policy",
            10,
            "Binds facts, says what is a case, and decides in one table.",
            "/// ${1:What it decides, and why.}\npolicy ${2:name} {\n  maps ${3:owasp_nhi.NHI7}\n\n  \
            for ${4:secret}: ${5:Secret}\n  where ${6:true}\n\n  decide {\n    ${7:condition} => \
            ${8:alert high}\n      because \"${9:why}\"\n    unknown => alert medium\n      \
            because \"cannot tell: {missing}\"\n  }\n}\n$0",
        ),
        snippet(
            "test",
            12,
            "Shows what is decided on given facts, step by step.",
            "test \"${1:what it shows}\" {\n  now 2026-06-01T00:00:00Z\n  given ${2:Secret} { id: \"${3:a}\" }\n  \
            expect ${4:nothing} on \"${3:a}\" by ${5:policy}\n}\n$0",
        ),
        snippet(
            "param",
            14,
            "A threshold that a deployment may override.",
            "/// ${1:What it bounds.}\nparam ${2:name}: ${3:duration} = ${4:90d} in ${5:1d}..${6:400d} source \"${7:where the default comes from}\"\n$0",
        ),
        snippet("fn", 16, "An expression with a name.", "fn ${1:name}(${2:s}: ${3:Secret}): ${4:bool} = $0"),
        snippet(
            "table",
            18,
            "A decision table over finite domains.",
            "table ${1:name}(${2:a}: ${3:bool}): ${4:Tier} {\n  ${5:true} => $0\n}",
        ),
        snippet(
            "relation",
            20,
            "Derived facts; may be recursive.",
            "relation ${1:name}(${2:a}: ${3:Identity}, ${4:b}: ${5:Identity}) {\n  case for ${6:t}: ${7:Trust} where $0\n}",
        ),
        snippet("use", 22, "Takes names from another package.", "use ${1:nhi.model}.${2:*}\n$0"),
        snippet("package", 24, "Which package the file belongs to.", "package ${1:acme.policies}\n$0"),
        snippet(
            "enum",
            26,
            "A closed set; with `<` it is ordered.",
            "enum ${1:Name} { ${2:low} < ${3:high} }\n$0",
        ),
        snippet(
            "entity",
            28,
            "Facts with identity.",
            "entity ${1:Name} {\n  key id: string\n  $0\n} ${2:closed}",
        ),
        snippet(
            "event",
            30,
            "Things that happened.",
            "event ${1:Name} {\n  key id: string\n  at: timestamp\n  $0\n} covered by ${2:signal}",
        ),
        snippet(
            "request",
            32,
            "A question asked at the decision point.",
            "request ${1:Name} {\n  key id: string\n  $0\n}",
        ),
        snippet(
            "signal",
            34,
            "A kind of telemetry, and what its silence means.",
            "signal ${1:name} { lag ${2:15m} gap ${3:15m} loss ${4:0.1%} basis ${5:heartbeat} }\n$0",
        ),
        snippet(
            "catalog",
            36,
            "The ids that `maps` may name.",
            "catalog ${1:name} \"${2:Title}\" version \"${3:1}\" prefix \"${4:prefix}\" {\n  ${5:ID} \"${6:ID}\" \"${7:title}\"\n}\n$0",
        ),
        snippet(
            "waive",
            38,
            "An exception with an end, a reason and an owner.",
            "waive ${1:policy} for ${2:secret} where ${2}.id == \"${3:key}\"\n  until ${4:2027-01-31T00:00:00Z} because \"${5:why}\" by \"${6:owner}\"\n$0",
        ),
        snippet(
            "envelope",
            40,
            "A limit on carrying out, never on deciding.",
            "envelope ${1:revoke} ${2:Secret} at most ${3:5%} or ${4:20} per ${5:1h}\n$0",
        ),
    ]
}

/// The clauses of a policy that may come next.
pub(super) fn clauses(context: &Context) -> Vec<Proposal> {
    let has = |word: &str| context.before.iter().any(|(_, text)| text == word);
    let mut out = Vec::new();
    if !has("for") && !has("sequence") {
        out.push(snippet("for", 10, "What the policy ranges over.", "for ${1:secret}: ${2:Secret}"));
        out.push(snippet(
            "sequence",
            18,
            "Events that follow one another.",
            "sequence by ${1:identity} within ${2:1h} {\n  ${3:first}: ${4:ApiCall} where ${5:true}\n  ${6:then}: ${7:ApiCall} where $0\n}",
        ));
        if !has("maps") {
            out.push(snippet("maps", 12, "The controls that it serves.", "maps ${1:owasp_nhi.NHI7}"));
        }
        if !has("mode") {
            out.push(snippet("mode", 16, "Whether decisions are carried out.", "mode ${1|monitor,enforce|}"));
        }
        return out;
    }
    if !has("decide") {
        out.push(snippet("where", 12, "What is a case.", "where $0"));
        out.push(snippet("let", 14, "A name for an expression.", "let ${1:name} = $0"));
        out.push(snippet(
            "decide",
            16,
            "The decision table.",
            "decide {\n  ${1:condition} => ${2:alert high}\n    because \"${3:why}\"\n  unknown => alert medium\n    because \"cannot tell: {missing}\"\n}",
        ));
    }
    out
}

/// The left sides of arms that are no conditions.
pub(super) fn arm_heads() -> Vec<Proposal> {
    vec![
        snippet(
            "unknown =>",
            44,
            "Where an arm above could not be told. It may alert, rank, block its own request, or revoke by stage.",
            "unknown => ${1:alert medium}\n  because \"${2:cannot tell}: {missing}\"",
        ),
        snippet(
            "otherwise =>",
            46,
            "Where nothing above fired.",
            "otherwise => ${1:alert low}\n  because \"${2:why}\"",
        ),
    ]
}

/// The four outcomes, and none.
pub(super) fn outcomes() -> Vec<Proposal> {
    vec![
        snippet("alert", 10, "Tells somebody now.", "alert ${1|low,medium,high,critical|}"),
        snippet(
            "revoke",
            12,
            "Acts on the identity plane: a secret, grant, session or identity.",
            "revoke ${1:secret} by ${2|quarantine,rotate,stage,destroy|} within ${3:24h}",
        ),
        snippet("block", 14, "Acts on the path: a request, workload, deploy or egress.", "block ${1:target}"),
        snippet("rank", 16, "Orders work; interrupts nobody.", "rank ${1:tier} by ${2:key} desc"),
        Proposal::new("none", Kind::Word, 18).docs("Decides nothing, on purpose."),
    ]
}

/// What may stand behind an outcome's target.
pub(super) fn outcome_tails(verb: &str) -> Vec<Proposal> {
    let mut out = vec![
        snippet("because", 20, "Why; ends the arm.", "because \"${1:why}\""),
        snippet("within", 24, "A deadline.", "within ${1:24h}"),
        snippet("with", 26, "Obligations.", "with { ${1:key}: ${2:value} }"),
    ];
    match verb {
        "revoke" => out.push(snippet("by", 22, "How.", "by ${1|quarantine,rotate,stage,destroy|}")),
        "rank" => out.push(snippet("by", 22, "The order inside a tier.", "by ${1:key} desc")),
        "block" => out.push(snippet("for", 22, "How long the effect lasts.", "for ${1:1h}")),
        _ => {}
    }
    out
}

/// The steps of a test.
pub(super) fn steps() -> Vec<Proposal> {
    vec![
        snippet("given", 10, "A fact.", "given ${1:Secret} { id: \"${2:a}\" }"),
        snippet("expect", 12, "What is decided now.", "expect ${1:nothing} on \"${2:a}\" by ${3:policy}"),
        snippet("now", 14, "The instant; never backwards.", "now ${1:2026-06-01T00:00:00Z}"),
        snippet("set", 16, "A param, for the steps that follow.", "set ${1:param} = ${2:30d}"),
        snippet("without", 18, "Takes given facts away again.", "without ${1:Coverage}"),
    ]
}

/// A field.
pub(super) fn field() -> Proposal {
    snippet("field", 12, "A field.", "/// ${1:What it means.}\n${2:name}: ${3:string}")
}

/// A key field.
pub(super) fn key() -> Proposal {
    snippet("key", 10, "The key of the type.", "key ${1:id}: string")
}

/// A case of a relation.
pub(super) fn case() -> Proposal {
    snippet("case", 10, "A way to be related.", "case for ${1:t}: ${2:Trust} where $0")
}
