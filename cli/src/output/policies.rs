//! All policies: a table for people, and their params as a settings file.

use std::collections::BTreeMap;

use assize::value::{Possible, describe};
use assize::{Engine, Needs};
use assize_lang::plan::{Mode, Name, Param, Policy};

/// The table of all policies, by their packages.
pub fn markdown(engine: &Engine) -> String {
    let program = engine.program();
    let mut out = String::from(
        "# Policies\n\nWhat the standard library decides, written by `assize doc --format markdown`. Each policy can be \
         taken singly: a project that leaves the library out (`stdlib = false`) copies the files that it wants.\n\n\
         `assize doc NAME` is the page of one: what it means, what sets it and from where that comes, its table. \
         `assize doc --format toml` writes every param as a settings file. \"Looks at\" says what it ranges over, and \
         where nothing seen counts as nothing there.\n",
    );
    let mut packages: BTreeMap<&str, Vec<&Policy>> = BTreeMap::new();
    for policy in program.policies.values() {
        packages.entry(package(&policy.name)).or_default().push(policy);
    }
    for (package, policies) in packages {
        out.push_str(&format!(
            "\n## {package}\n\n| policy | what it means | looks at | serves | set by |\n| --- | --- | --- | --- | --- |\n"
        ));
        policies.iter().for_each(|policy| out.push_str(&row(engine, policy)));
    }
    out
}

/// One policy: what it means, what it looks at, the controls that it serves, its thresholds.
fn row(engine: &Engine, policy: &Policy) -> String {
    let monitor = if policy.mode == Mode::Monitor { " It only monitors." } else { "" };
    let controls: Vec<&str> = policy.maps.iter().map(|control| control.id.as_str()).collect();
    let set: Vec<String> = params(engine, policy)
        .into_iter()
        .map(|param| format!("`{}` = {}{}", param.name.short(), value(engine, param), bounds(engine, param)))
        .collect();
    let cells = [
        format!("`{}`", policy.name.short()),
        format!("{}{monitor}", flat(&policy.docs)),
        words(&engine.needs(policy.name.as_str())),
        controls.join(", "),
        set.join("; "),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// `Secret; SecretUse (`cloud_mgmt` or `key_last_used`)`
fn words(needs: &Needs) -> String {
    let anchors: Vec<&str> = needs.anchors.iter().map(Name::short).collect();
    let mut out = anchors.join(" and ");
    for (ty, groups) in &needs.lists {
        let mut signals: Vec<String> = groups
            .iter()
            .map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))
            .collect();
        signals.dedup();
        out.push_str(&format!(
            "; {} is known to be missing where {} was watched",
            ty.short(),
            signals.join(" or ")
        ));
    }
    out
}

/// The params of the policy's package that its text names, and those of functions that it calls are not looked for.
fn params<'a>(engine: &'a Engine, policy: &Policy) -> Vec<&'a Param> {
    let mentions =
        |word: &str| policy.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word);
    let all = engine.program().params.values();
    all.filter(|param| package(&param.name) == package(&policy.name) && mentions(param.name.short()))
        .map(AsRef::as_ref)
        .collect()
}

fn package(name: &Name) -> &str {
    name.as_str().rsplit_once('.').map_or("", |(package, _)| package)
}

fn value(engine: &Engine, param: &Param) -> String {
    let set = engine.params().get(&param.name).cloned();
    let list = matches!(param.ty, assize_lang::plan::Type::List(_));
    let shown = set
        .map(|value| describe(&Possible::known(value), &param.ty, &engine.program().schema))
        .unwrap_or_default();
    // As a setting has it.
    if list && !shown.starts_with('[') { format!("[{shown}]") } else { shown }
}

fn bounds(engine: &Engine, param: &Param) -> String {
    let schema = &engine.program().schema;
    let show = |end| describe(&Possible::known(assize::value::from_const(end)), &param.ty, schema);
    param.bounds.as_ref().map(|(low, high)| format!(" in {}..{}", show(low), show(high))).unwrap_or_default()
}

fn flat(docs: &str) -> String {
    docs.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every param with its default, commented out, so that what a deployment sets stands out.
pub fn toml(engine: &Engine) -> String {
    let mut out = String::from(
        "# Every threshold, with its default. Take the `#` away to set one. `assize check` refuses what lies outside\n\
         # of its bounds.\n[params]\n",
    );
    let mut last = "";
    for param in engine.program().params.values() {
        let of = package(&param.name);
        if of != last {
            out.push_str(&format!("\n# {of}\n"));
            last = of;
        }
        out.push_str(&format!("\n# {}\n", flat(&param.docs)));
        out.push_str(&format!(
            "# Source: {}.{}\n",
            param.source.trim_end_matches('.'),
            with_bounds(engine, param)
        ));
        out.push_str(&format!("# \"{}\" = \"{}\"\n", param.name, value(engine, param).replace('"', "\\\"")));
    }
    out
}

fn with_bounds(engine: &Engine, param: &Param) -> String {
    let bounds = bounds(engine, param);
    bounds
        .strip_prefix(" in ")
        .map(|bounds| format!(" Between {}.", bounds.replace("..", " and ")))
        .unwrap_or_default()
}
