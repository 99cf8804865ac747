//! Which attribute of a protocol is which field of a request.
//!
//! Every adapter makes one document of what it was sent, in the words that AuthZEN has where it has them:
//! `subject`, `action`, `resource`, `context`, `http`, `mcp`, `admission`, `input`. An entry names a type of
//! request and fills its fields from that document. Where nothing is said of a field, its name does: see
//! [`usual`].

mod fill;
mod template;
pub mod usual;

use std::collections::BTreeMap;
use std::sync::Arc;

use assize::Engine;
use assize_lang::plan::{FactKind, FactType};
use serde_json::{Map, Value};

pub use template::{Template, TemplateError};

use crate::point::LoadError;

/// How the names of the library's types begin.
const LIBRARY: &str = "nhi.";

/// What the configuration says of one entry.
#[derive(Clone, Debug, Default)]
pub struct EntrySource {
    /// The type of request, qualified or short.
    pub request: String,
    /// Fields, and where they come from; those left out are found by their names.
    pub fields: BTreeMap<String, Template>,
}

/// What the configuration says of entries, by name.
#[derive(Clone, Debug, Default)]
pub struct BindingSource(pub BTreeMap<String, EntrySource>);

impl BindingSource {
    /// Binds the entries to the types of an engine. Types that policies decide and no entry is about are
    /// entries by their own names.
    ///
    /// # Errors
    /// [`LoadError::Binding`] where a type or a field is not there, or no policy decides it.
    pub fn bind(&self, engine: &Engine) -> Result<Bindings, LoadError> {
        let schema = &engine.program().schema;
        let mut by_name = BTreeMap::new();
        let requests = schema.facts.values().filter(|ty| ty.kind == FactKind::Request);
        let mut short: BTreeMap<&str, Vec<(bool, Binding)>> = BTreeMap::new();
        for ty in requests.filter(|ty| engine.entry(ty.name.as_str()).is_ok()) {
            let binding = Binding::of(ty, &BTreeMap::new());
            let library = ty.name.as_str().starts_with(LIBRARY);
            short.entry(ty.name.short()).or_default().push((library, binding.clone()));
            by_name.insert(ty.name.to_string(), binding);
        }
        for (name, all) in short {
            // Where somebody declares a type that the library has too, his is meant; of two of his own neither.
            let own = all.iter().filter(|(library, _)| !library);
            let mut meant: Vec<&Binding> = own.map(|(_, binding)| binding).collect();
            if meant.is_empty() {
                meant = all.iter().map(|(_, binding)| binding).collect();
            }
            if let [one] = meant.as_slice() {
                by_name.insert(name.to_owned(), (*one).clone());
            }
        }
        let mut named = Vec::new();
        for (name, source) in &self.0 {
            let wrong = |reason: String| LoadError::Binding(format!("entry `{name}`: {reason}"));
            engine.entry(&source.request).map_err(|error| wrong(error.to_string()))?;
            let ty = schema.fact(&source.request).ok_or_else(|| wrong("no such request type".to_owned()))?;
            if let Some(field) = source.fields.keys().find(|field| ty.field(field).is_none()) {
                let known: Vec<&str> = ty.fields.iter().map(|field| field.name.as_str()).collect();
                let known = known.join("`, `");
                return Err(wrong(format!("`{}` has no field `{field}`; it has `{known}`", ty.name)));
            }
            by_name.insert(name.clone(), Binding::of(ty, &source.fields));
            named.push(name.clone());
        }
        Ok(Bindings { by_name, named })
    }
}

/// Entries, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    by_name: BTreeMap<String, Binding>,
    /// Those that the configuration names.
    named: Vec<String>,
}

impl Bindings {
    /// The entry of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.by_name.get(name)
    }

    /// The names that can be asked.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The entry for requests of a type, by its short name: the one that the configuration names, or the
    /// type's own.
    #[must_use]
    pub fn about(&self, ty: &str) -> Option<&str> {
        let is_about = |name: &&String| {
            let ty_of = self.by_name.get(*name).map(|binding| binding.ty.as_ref());
            ty_of.is_some_and(|of| of == ty || of.rsplit('.').next() == Some(ty))
        };
        let named = self.named.iter().find(is_about).map(String::as_str);
        named.or_else(|| self.by_name.get_key_value(ty).map(|(name, _)| name.as_str()))
    }

    /// The types that are asked about, qualified, each once.
    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        let types: std::collections::BTreeSet<&Arc<str>> =
            self.by_name.values().map(|binding| &binding.ty).collect();
        types.into_iter()
    }
}

/// One entry: a type of request, and how it is filled.
#[derive(Clone, Debug)]
pub struct Binding {
    ty: Arc<str>,
    fields: Arc<[(String, Template, fill::Form)]>,
    /// Whether any field comes from the clock.
    timed: bool,
}

impl Binding {
    fn of(ty: &FactType, said: &BTreeMap<String, Template>) -> Self {
        let field = |field: &assize_lang::plan::Field| {
            let name = field.name.as_str();
            let template = said.get(name).cloned().unwrap_or_else(|| usual::template(name));
            (name.to_owned(), template, fill::Form::of(&field.ty))
        };
        let fields: Arc<[_]> = ty.fields.iter().map(field).collect();
        let timed = fields.iter().any(|(_, template, _)| template.looks_into("now"));
        Self { ty: Arc::from(ty.name.as_str()), fields, timed }
    }

    /// Whether any field comes from `now`, which is not worth writing down for nobody.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.timed
    }

    /// The type of request, qualified.
    #[must_use]
    pub const fn ty(&self) -> &Arc<str> {
        &self.ty
    }

    /// The request that a document makes. What the document does not say is left out: nobody collected it.
    #[must_use]
    pub fn fill(&self, document: &Value) -> Map<String, Value> {
        let field = |(name, template, form): &(String, Template, fill::Form)| {
            Some((name.clone(), form.take(template.value(document)?)))
        };
        self.fields.iter().filter_map(field).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICIES: &str = r#"
package shop
request Call { key id: string  agent: string  size: int  tool: string?  late: bool }
request Other { key id: string }
policy shut { for call: Call decide { call.tool == "rm" => block call because "no" unknown => block call because "{missing}" } }
"#;

    fn engine() -> Engine {
        Engine::builder().source("a.assize", POLICIES).build().unwrap()
    }

    fn source(request: &str, fields: &[(&str, &str)]) -> BindingSource {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), text.parse().unwrap())).collect();
        let entry = EntrySource { request: request.to_owned(), fields };
        BindingSource([("calls".to_owned(), entry)].into())
    }

    #[test]
    fn a_type_that_policies_decide_is_an_entry_by_its_own_name() {
        let bindings = BindingSource::default().bind(&engine()).unwrap();
        assert_eq!(bindings.names().collect::<Vec<_>>(), ["Call", "shop.Call"]);
        assert_eq!(bindings.about("Call"), Some("Call"));
        let bindings = source("Call", &[]).bind(&engine()).unwrap();
        assert_eq!(bindings.about("Call"), Some("calls"));
        assert_eq!(bindings.about("Other"), None);
    }

    #[test]
    fn fields_come_from_where_they_are_said_to_and_in_the_form_that_they_have() {
        let fields = [("agent", "{http.headers.x-agent}"), ("size", "{http.size}"), ("late", "{http.late}")];
        let bindings = source("Call", &fields).bind(&engine()).unwrap();
        let document =
            json!({"id": "7", "http": {"headers": {"x-agent": "a1"}, "size": "12", "late": "true"}});
        let filled = bindings.get("calls").unwrap().fill(&document);
        assert_eq!(Value::from(filled), json!({"id": "7", "agent": "a1", "size": 12, "late": true}));
    }

    #[test]
    fn a_type_of_ones_own_is_meant_before_the_library_s_of_the_same_name() {
        let library = POLICIES.replace("package shop", "package nhi.model");
        let both = Engine::builder().source("a.assize", POLICIES).source("b.assize", library.as_str());
        let bindings = BindingSource::default().bind(&both.build().unwrap()).unwrap();
        assert_eq!(bindings.get("Call").map(|binding| &**binding.ty()), Some("shop.Call"));
        assert_eq!(bindings.about("Call"), Some("Call"));
        let other = POLICIES.replace("package shop", "package other");
        let two = Engine::builder().source("a.assize", POLICIES).source("b.assize", other.as_str());
        assert_eq!(BindingSource::default().bind(&two.build().unwrap()).unwrap().about("Call"), None);
    }

    #[test]
    fn what_cannot_be_bound_is_said() {
        let error = |source: BindingSource| source.bind(&engine()).unwrap_err().to_string();
        assert_eq!(error(source("Cal", &[])), "entry `calls`: no request type `Cal`");
        assert_eq!(error(source("Other", &[])), "entry `calls`: no policy decides a `shop.Other`");
        let wanted =
            "entry `calls`: `shop.Call` has no field `agnt`; it has `id`, `agent`, `size`, `tool`, `late`";
        assert_eq!(error(source("Call", &[("agnt", "x")])), wanted);
    }
}
