//! "Did you mean …?"

/// The candidate nearest to `name`, where one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let longest = name.chars().count().max(candidate.chars().count());
            distance.saturating_mul(3) <= longest
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names as a list for a message: `a`, `b` and `c`, cut after eight.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let total = names.len();
    if total > 8 {
        names.truncate(8);
        names.push(format!("{} more", total.saturating_sub(8)));
    }
    match names.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(nearest("creatd_at", ["created_at", "status"]), Some("created_at"));
        assert_eq!(nearest("owner", ["created_at", "status"]), None);
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
