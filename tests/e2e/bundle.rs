//! Policies in a signed file: made, signed, believed, and refused where anybody touched it.

use crate::support::Sandbox;

const POLICY: &str = "package p\n\nentity Key {\n  key id: string\n  age: int\n} closed\n\npolicy old_key {\n  for key: Key\n  decide {\n    key.age > LIMIT => alert low because \"{key.age}\"\n  }\n}\n\ntest \"an old key is told\" {\n  now 2026-06-01T00:00:00Z\n  given Key { id: \"a\", age: 9 }\n  expect alert low\n}\n";

fn built(limit: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policies/old_key.assize", POLICY.replace("LIMIT", limit));
    sandbox
}

const BUILD: &str = "bundle build --policies policies --no-stdlib --name prod --sequence 7 --out prod.tar.gz";

#[test]
fn what_is_signed_is_believed_and_nothing_else() {
    let sandbox = built("3");
    sandbox.run("bundle keygen --out release.key").expect(0);
    sandbox.run("bundle keygen --out other.key").expect(0);
    let told = sandbox.run("bundle keygen --out release.key").expect(2).stderr;
    assert!(told.contains("keys are not overwritten"), "{told}");
    sandbox.run(BUILD).expect(0);

    let unsigned = sandbox.run("bundle verify prod.tar.gz --key release.key.pub").expect(2);
    assert_eq!(unsigned.stdout, "");
    sandbox.run("bundle sign prod.tar.gz --key release.key").expect(0);
    let verified = sandbox.run("bundle verify prod.tar.gz --key release.key.pub").expect(0).stdout;
    assert!(verified.starts_with("prod 7 ("), "{verified}");
    sandbox.run("bundle verify prod.tar.gz --key other.key.pub").expect(2);
    sandbox.run("bundle verify prod.tar.gz --key release.key.pub --key other.key.pub --need 2").expect(2);
    sandbox.run("bundle sign prod.tar.gz --key other.key").expect(0);
    sandbox.run("bundle verify prod.tar.gz --key release.key.pub --key other.key.pub --need 2").expect(0);

    let said = sandbox.run("bundle inspect prod.tar.gz").expect(0).json();
    assert_eq!(said["manifest"]["sequence"], 7);
    assert_eq!(said["manifest"]["tests"]["passed"], 1);

    let mut bytes = std::fs::read(sandbox.path("prod.tar.gz")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    sandbox.write("prod.tar.gz", bytes);
    sandbox.run("bundle verify prod.tar.gz --key release.key.pub").expect(2);
}

#[test]
fn what_fails_its_own_test_is_no_bundle() {
    let sandbox = built("30");
    let told = sandbox.run(BUILD).expect(2).stderr;
    assert!(told.contains("an old key is told"), "{told}");
    assert!(!sandbox.path("prod.tar.gz").exists());
}

#[test]
fn a_private_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let run = sandbox.run("bundle keygen --out release.key").expect(0);
    let key = sandbox.read("release.key");
    let secret = key.lines().nth(1).unwrap();
    assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret));
    assert!(!sandbox.read("release.key.pub").contains(secret));
    let mode = std::fs::metadata(sandbox.path("release.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
