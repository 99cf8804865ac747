use serde_json::Value;

use super::*;
use crate::testing::{context, facts, samples, show, survives_damage};

const DEFAULT: &[u8] = include_bytes!("../../../../fixtures/vpc-flow-logs/default.log");
const FIVE: &[u8] = include_bytes!("../../../../fixtures/vpc-flow-logs/version_5.log");
const CLOUDWATCH: &[u8] = include_bytes!("../../../../fixtures/vpc-flow-logs/cloudwatch.json");

fn read(input: &[u8]) -> Output {
    VpcFlowLogs.ingest(input, "flow.log", &context()).unwrap()
}

/// A record of the default format: source, destination, ports, protocol, start, end, action and status.
fn record(interface: &str, rest: &str) -> String {
    let words: Vec<&str> = rest.split(' ').collect();
    match words.as_slice() {
        [source, destination, from, to, protocol, start, end, action] => format!(
            "2 111122223333 {interface} {source} {destination} {from} {to} {protocol} 1 40 {start} {end} {action} OK\n"
        ),
        [start, end, status] => {
            format!("2 111122223333 {interface} - - - - - - - {start} {end} - {status}\n")
        }
        _ => panic!("{rest}"),
    }
}

fn told(output: &Output) -> Vec<String> {
    let text =
        |it: &Value, name: &str| it.get(name).map_or("?".to_owned(), Value::to_string).replace('"', "");
    let show = |it: &Value| {
        ["direction", "peer", "port", "internet", "outcome"].map(|name| text(it, name)).join(" ")
    };
    facts(output, "Connection").iter().map(show).collect()
}

fn coverage(output: &Output) -> Vec<String> {
    let second = |it: &Value, name: &str| {
        let at: assize::facts::Instant = it[name].as_str().unwrap().parse().unwrap();
        at.0 / 1_000_000
    };
    let show = |it: &Value| {
        let kind = if it["hole"] == true { "hole" } else { "watched" };
        format!("{} {kind} {}-{}", it["scope"].as_str().unwrap(), second(it, "from"), second(it, "until"))
    };
    facts(output, "Coverage").iter().map(show).collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("default", show(&read(DEFAULT)));
    insta::assert_snapshot!("version_5", show(&read(FIVE)));
    insta::assert_snapshot!("cloudwatch", show(&read(CLOUDWATCH)));
}

#[test]
fn the_address_that_all_records_have_in_common_is_the_interfaces() {
    let lines = [
        record("eni-1", "10.0.0.1 10.0.0.2 40000 443 6 100 110 ACCEPT"),
        record("eni-1", "10.0.0.3 10.0.0.1 40000 22 6 100 110 REJECT"),
        record("eni-1", "10.0.0.1 10.0.0.4 22 50000 6 100 110 ACCEPT"),
        record("eni-1", "10.0.0.1 10.0.0.5 50000 50001 6 100 110 ACCEPT"),
    ];
    let output = read(lines.concat().as_bytes());
    assert_eq!(
        told(&output),
        [
            "? 10.0.0.5 ? false success",
            "egress 10.0.0.2 443 false success",
            "ingress 10.0.0.3 22 false denied",
            "ingress 10.0.0.4 22 false success",
        ]
    );
}

#[test]
fn where_nobody_can_tell_the_sides_both_are_named_and_nothing_is_said() {
    let lines = [
        record("eni-1", "10.0.0.1 10.0.0.2 40000 443 6 100 110 ACCEPT"),
        record("eni-2", "203.0.113.7 10.0.0.2 40000 443 6 100 110 REJECT"),
    ];
    let output = read(lines.concat().as_bytes());
    let expected = ["? 10.0.0.1>10.0.0.2 443 ? success", "ingress 203.0.113.7 443 true denied"];
    assert_eq!(told(&output), expected);
}

#[test]
fn an_instance_that_a_record_names_is_the_interfaces() {
    let output = read(FIVE);
    let alias = output.lines.iter().find_map(|line| match line {
        assize::facts::Line::SameAs(it) => Some((it.alias.as_str(), it.is.as_str())),
        _ => None,
    });
    let arn = "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0";
    assert_eq!(alias, Some(("eni-0a1b2c3d4e5f60718", arn)));
    let moved = String::from_utf8_lossy(FIVE).replacen("i-0123456789abcdef0", "i-0123456789abcdef1", 1);
    let output = read(moved.as_bytes());
    assert!(output.notes.iter().any(|note| note.contains("was moved")), "{:?}", output.notes);
}

#[test]
fn an_interface_is_watched_while_it_is_told_of_and_not_where_records_were_skipped() {
    let lines = [
        record("eni-1", "10.0.0.1 203.0.113.2 40000 443 6 100 160 ACCEPT"),
        record("eni-1", "10.0.0.1 203.0.113.2 40000 444 6 300 360 REJECT"),
        record("eni-1", "360 420 SKIPDATA"),
        record("eni-1", "420 1020 NODATA"),
        record("eni-2", "100 700 NODATA"),
        record("eni-2", "5000 5600 NODATA"),
    ];
    let expected =
        ["eni-1 watched 100-1020", "eni-1 hole 360-420", "eni-2 watched 100-700", "eni-2 watched 5000-5600"];
    assert_eq!(coverage(&read(lines.concat().as_bytes())), expected);
}

#[test]
fn a_log_of_one_kind_of_traffic_proves_no_absence() {
    for action in ["ACCEPT", "REJECT"] {
        let line = record("eni-1", &format!("10.0.0.1 203.0.113.2 40000 443 6 100 160 {action}"));
        let output = read(line.as_bytes());
        assert_eq!((coverage(&output).len(), output.notes.len()), (0, 1), "{action}");
    }
}

#[test]
fn a_record_that_is_cut_off_is_a_hole_of_every_interface() {
    let lines = [
        record("eni-1", "10.0.0.1 203.0.113.2 40000 443 6 10000 10060 ACCEPT"),
        record("eni-1", "10.0.0.1 203.0.113.2 40000 444 6 10300 10360 REJECT"),
        "2 111122223333 eni-1 10.0\n".to_owned(),
        record("eni-1", "10400 10460 NODATA"),
    ];
    let output = read(lines.concat().as_bytes());
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(coverage(&output), ["eni-1 watched 10000-10460", "eni-1 hole 9700-11000"]);
}

#[test]
fn a_format_of_ones_own_is_read_by_its_header() {
    let text = "interface-id start end log-status action srcaddr dstaddr srcport dstport protocol\n\
                eni-1 100 160 OK ACCEPT 10.0.0.1 203.0.113.2 40000 443 6\n";
    assert_eq!(told(&read(text.as_bytes())), ["egress 203.0.113.2 443 true success"]);
    let exported = format!(
        "2026-06-01T08:00:00.000Z {}",
        record("eni-1", "10.0.0.1 203.0.113.2 40000 443 6 100 160 ACCEPT")
    );
    assert_eq!(read(exported.as_bytes()).rejects, []);
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [DEFAULT, FIVE, CLOUDWATCH] {
        survives_damage(&VpcFlowLogs, input);
    }
}

#[test]
fn rules_examples_that_are_no_records_are_not_taken_for_one() {
    for (path, bytes) in samples("panther_labelled", &["aws_vpcflow.jsonl"]) {
        assert!(VpcFlowLogs.ingest(&bytes, "x", &context()).is_err(), "{}", path.display());
    }
}
