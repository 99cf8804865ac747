//! Results of tests: for people, as JSON, as TAP, as JUnit.

use serde::Serialize;

use super::term::{Term, clean};

/// One test that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it shows.
    pub name: String,
    /// What did not hold; none where it passed.
    pub failures: Vec<Failure>,
}

/// One expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its line, from 1.
    pub line: usize,
    /// What was expected and what came out.
    pub message: String,
    /// Diagnostics that came out, drawn; empty where none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pictures: String,
}

impl Case {
    /// Whether everything held.
    pub const fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// How many passed, and how many did not.
pub fn counts(cases: &[Case]) -> (usize, usize) {
    let passed = cases.iter().filter(|case| case.passed()).count();
    (passed, cases.len().saturating_sub(passed))
}

/// For people: a line a test, what failed below it.
pub fn text(term: Term, cases: &[Case]) -> String {
    let mut out = String::new();
    let mut file = "";
    for case in cases {
        if case.file != file {
            file = &case.file;
            out.push_str(&format!("{}\n", term.bold(&clean(file))));
        }
        let mark = if case.passed() { term.paint("32", "ok    ") } else { term.paint("1;31", "failed") };
        out.push_str(&format!("  {mark} {}\n", clean(&case.name)));
        for failure in &case.failures {
            out.push_str(&format!("         {}:{}:\n", clean(&case.file), failure.line));
            for line in failure.message.lines().chain(failure.pictures.lines()) {
                out.push_str(&format!("           {}\n", clean(line)));
            }
        }
    }
    let (passed, failed) = counts(cases);
    let summary = format!("{passed} passed, {failed} failed");
    out.push_str(&format!("{}\n", term.paint(if failed == 0 { "1;32" } else { "1;31" }, &summary)));
    out
}

/// TAP, version 14.
pub fn tap(cases: &[Case]) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", cases.len());
    for (number, case) in (1..).zip(cases) {
        let not = if case.passed() { "" } else { "not " };
        let name = clean(&case.name).replace('\\', "\\\\").replace('#', "\\#");
        out.push_str(&format!("{not}ok {number} - {name}\n"));
        if !case.passed() {
            out.push_str(&format!("  ---\n  at: {}:{}\n  failures:\n", clean(&case.file), case.line));
            for failure in &case.failures {
                let message = serde_json::Value::from(clean(&failure.message.replace('\n', "; ")));
                out.push_str(&format!("    - line: {}\n      message: {message}\n", failure.line));
            }
            out.push_str("  ...\n");
        }
    }
    out
}

/// JUnit's XML: a suite a file.
pub fn junit(cases: &[Case]) -> String {
    let (_, failed) = counts(cases);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{failed}\">\n",
        cases.len()
    );
    for suite in cases.chunk_by(|a, b| a.file == b.file) {
        let file = suite.first().map(|case| xml(&case.file)).unwrap_or_default();
        let (_, failed) = counts(suite);
        out.push_str(&format!(
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failed}\">\n",
            suite.len()
        ));
        for case in suite {
            let head = format!(
                "    <testcase classname=\"{file}\" name=\"{}\" line=\"{}\"",
                xml(&case.name),
                case.line
            );
            if case.passed() {
                out.push_str(&format!("{head}/>\n"));
                continue;
            }
            out.push_str(&format!("{head}>\n"));
            for failure in &case.failures {
                let first = failure.message.lines().next().unwrap_or_default();
                let (first, all) = (xml(first), xml(&failure.message));
                let pictures = if failure.pictures.is_empty() { "" } else { "\n" };
                let pictures = format!("{pictures}{}", xml(&failure.pictures));
                out.push_str(&format!(
                    "      <failure message=\"{first}\">{file}:{}: {all}{pictures}</failure>\n",
                    failure.line
                ));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Text inside XML: markup escaped, characters that XML cannot hold shown as escapes.
pub fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            _ => out.push_str(&clean(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Case> {
        let failure = Failure {
            line: 9,
            message: "expected alert \"high\"\nfound nothing & <more>".to_owned(),
            pictures: "a\n b\n".to_owned(),
        };
        let case = |file: &str, line, name: &str, failures: &[Failure]| Case {
            file: file.to_owned(),
            line,
            name: name.to_owned(),
            failures: failures.to_vec(),
        };
        vec![case("a.assize", 1, "holds", &[]), case("b.assize", 7, "no. 1# breaks\u{1b}", &[failure])]
    }

    #[test]
    fn for_people() {
        insta::assert_snapshot!(text(Term::PLAIN, &cases()), @r#"
        a.assize
          ok     holds
        b.assize
          failed no. 1# breaks\u{1b}
                 b.assize:9:
                   expected alert "high"
                   found nothing & <more>
                   a
                    b
        1 passed, 1 failed
        "#);
    }

    #[test]
    fn as_tap() {
        insta::assert_snapshot!(tap(&cases()), @r#"
        TAP version 14
        1..2
        ok 1 - holds
        not ok 2 - no. 1\# breaks\\u{1b}
          ---
          at: b.assize:7
          failures:
            - line: 9
              message: "expected alert \"high\"; found nothing & <more>"
          ...
        "#);
    }

    #[test]
    fn as_junit() {
        insta::assert_snapshot!(junit(&cases()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="2" failures="1">
          <testsuite name="a.assize" tests="1" failures="0">
            <testcase classname="a.assize" name="holds" line="1"/>
          </testsuite>
          <testsuite name="b.assize" tests="1" failures="1">
            <testcase classname="b.assize" name="no. 1# breaks\u{1b}" line="7">
              <failure message="expected alert &quot;high&quot;">b.assize:9: expected alert &quot;high&quot;
        found nothing &amp; &lt;more&gt;
        a
         b
        </failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
