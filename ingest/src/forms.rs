//! The forms that providers give their secrets, so that they are known wherever they turn up, as data.

/// A beginning, and what follows it.
struct Form {
    prefix: &'static str,
    /// How long the rest is, at least and at most.
    length: (usize, usize),
    /// What may stand in it beside letters and digits.
    marks: &'static str,
}

const fn form(prefix: &'static str, least: usize, most: usize, marks: &'static str) -> Form {
    Form { prefix, length: (least, most), marks }
}

/// From the providers' own pages on their tokens.
const FORMS: &[Form] = &[
    form("AKIA", 16, 16, ""),
    form("ASIA", 16, 16, ""),
    form("ghp_", 36, 36, ""),
    form("gho_", 36, 36, ""),
    form("ghu_", 36, 36, ""),
    form("ghs_", 36, 36, ""),
    form("ghr_", 36, 76, ""),
    form("github_pat_", 82, 82, "_"),
    form("glpat-", 20, 64, "-_."),
    form("xoxb-", 24, 128, "-"),
    form("xoxp-", 24, 128, "-"),
    form("xapp-", 24, 128, "-"),
    form("sk_live_", 24, 128, ""),
    form("rk_live_", 24, 128, ""),
    form("npm_", 36, 36, ""),
    form("pypi-AgEI", 50, 512, "-_"),
    form("AIza", 35, 35, "-_"),
    form("SG.", 66, 66, "-_."),
    form("hvs.", 24, 256, "-_"),
    form("sk-ant-", 80, 128, "-_"),
    form("dop_v1_", 64, 64, ""),
    form("shpat_", 32, 32, ""),
    form("aio_", 28, 28, ""),
];

/// Whether a value has the form that a provider gives its secrets, or is a private key as it is written into files.
#[must_use]
pub fn is_one(value: &str) -> bool {
    let first = value.lines().next().unwrap_or_default();
    let pem = first.starts_with("-----BEGIN ") && first.contains("PRIVATE KEY");
    pem || FORMS.iter().any(|form| {
        value.strip_prefix(form.prefix).is_some_and(|rest| {
            let fits = |c: char| c.is_ascii_alphanumeric() || form.marks.contains(c);
            (form.length.0..=form.length.1).contains(&rest.len()) && rest.chars().all(fits)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_form_is_a_beginning_and_a_length() {
        let of = |prefix: &str, length: usize| format!("{prefix}{}", "A".repeat(length));
        for (value, known) in [
            (of("ghp_", 36), true),
            (of("ghp_", 35), false),
            (format!("{}!", of("ghp_", 35)), false),
            (of("glpat-", 20), true),
            (of("AKIA", 16), true),
            (of("", 40), false),
            ("-----BEGIN RSA PRIVATE KEY-----\nx".to_owned(), true),
            ("-----BEGIN CERTIFICATE-----\nx".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_one(&value), known, "{} bytes", value.len());
        }
    }
}
