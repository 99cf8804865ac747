//! A project of any size, always the same: one model, and files of policies in the shapes that people write.

/// The path of the model among the texts.
pub const MODEL_PATH: &str = "model.assize";
/// The types that every policy reads.
pub const MODEL: &str = include_str!("shapes/model.assize");

/// Files of policies; `0000` stands for the number of the file.
const SHAPES: &[(&str, &str)] = &[
    ("tokens", include_str!("shapes/idle_token.assize")),
    ("leaks", include_str!("shapes/leaked_token.assize")),
    ("flaws", include_str!("shapes/flaw.assize")),
    ("rights", include_str!("shapes/unused_right.assize")),
    ("tools", include_str!("shapes/tool_use.assize")),
];

/// A file of policies, by its number: its path and its text.
pub fn policy_file(number: usize) -> (String, String) {
    let shape = number.checked_rem(SHAPES.len()).and_then(|at| SHAPES.get(at));
    let (folder, shape) = shape.copied().unwrap_or_default();
    let number = format!("{number:04}");
    (format!("{folder}/{folder}_{number}.assize"), shape.replace("0000", &number))
}

/// The model and `files` files of policies.
pub fn project(files: usize) -> Vec<(String, String)> {
    std::iter::once((MODEL_PATH.to_owned(), MODEL.to_owned())).chain((0..files).map(policy_file)).collect()
}

/// A file that waives the first policy of a file of tokens, by the number of that file.
pub fn waiver(number: usize) -> (String, String) {
    let text = format!(
        "package northwind.tokens_{number:04}\nuse northwind.model.*\n\nwaive idle_token_{number:04} for t where \
         t.tenant == \"lab\" until 2027-01-31T00:00:00Z because \"a course\" by \"lab lead\"\n"
    );
    ("waivers.assize".to_owned(), text)
}
