//! The controls that policies may serve, as the catalogs among the policies list them.

use assize_lang::syntax::ast::ItemKind;

/// One entry of a catalog.
#[derive(Clone, Debug)]
pub struct Control {
    /// `owasp-nhi/NHI7:2025`
    pub id: String,
    /// The name in `maps`: `owasp_nhi.NHI7`.
    pub name: String,
    /// The official title.
    pub title: String,
    /// The catalog's title and version.
    pub catalog: String,
}

impl Control {
    /// Whether the publisher has withdrawn it: then it stands for nothing any more.
    pub fn withdrawn(&self) -> bool {
        self.title.starts_with("[Withdrawn")
    }
}

/// The entries of the catalogs in a text.
pub fn controls(text: &str) -> Vec<Control> {
    let items = assize_lang::syntax::cut(text).into_iter().filter(|raw| raw.text.contains("catalog"));
    let mut out = Vec::new();
    for raw in items {
        let Some(item) = assize_lang::syntax::parse_item(&raw.text).item else { continue };
        let ItemKind::Catalog(catalog) = item.kind else { continue };
        let name = &catalog.name.text;
        let prefix = catalog.prefix.as_ref().map_or(name.as_str(), |prefix| &prefix.value);
        let version = catalog.version.as_ref().map(|version| format!(" {}", version.value));
        for entry in catalog.entries {
            out.push(Control {
                id: format!("{prefix}/{}", entry.id.value),
                name: format!("{name}.{}", entry.name.text),
                title: entry.title.map(|title| title.value).unwrap_or_default(),
                catalog: format!("{}{}", catalog.title.value, version.clone().unwrap_or_default()),
            });
        }
    }
    out
}
