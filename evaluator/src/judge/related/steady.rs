//! Relations of which the answer changes with facts alone: what such a relation reads.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{
    Coverage, Expr, ExprKind, FactKind, Name, Program, Quantifier, Relation, Schema, Type,
};

use crate::judge::children;

/// A relation whose cases, and those of all relations that it leads to, are made of `&&`, `||`, `exists`
/// over entities, other such relations, and conditions that hang neither on the clock, nor on events, nor
/// on what is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Steady {
    /// The relations that it leads to, itself included.
    pub(crate) relations: BTreeSet<Name>,
    /// The fields that are read, by type.
    pub(crate) reads: BTreeMap<Name, BTreeSet<Name>>,
    /// The types of which all facts, or those of one owner, are looked at.
    pub(crate) lists: BTreeSet<Name>,
}

impl Steady {
    /// What `relation` reads; nothing where it is not steady.
    pub(crate) fn of(program: &Program, schema: &Schema, relation: &Relation) -> Option<Self> {
        let mut walk = Walk { program, schema, found: Self::default() };
        walk.relation(&relation.name).then_some(walk.found)
    }
}

struct Walk<'a> {
    program: &'a Program,
    schema: &'a Schema,
    found: Steady,
}

impl Walk<'_> {
    fn relation(&mut self, name: &Name) -> bool {
        if !self.found.relations.insert(name.clone()) {
            return true;
        }
        let Some(relation) = self.program.relations.get(name) else { return false };
        relation.columns.iter().all(|(_, _, ty)| matches!(ty, Type::Fact(_)))
            && relation.cases.iter().all(|case| self.case(&case.condition))
    }

    /// A condition in which relations may stand.
    fn case(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::And(a, b) | ExprKind::Or(a, b) => self.case(a) && self.case(b),
            ExprKind::Bind { value, body, .. } => self.plain(value) && self.case(body),
            ExprKind::Quantified { quantifier: Quantifier::Exists, list, body, window, .. } => {
                window.bounds.is_empty() && self.list(list) && self.case(body)
            }
            ExprKind::Related(name, args) => args.iter().all(|arg| self.plain(arg)) && self.relation(name),
            _ => self.plain(expr),
        }
    }

    fn list(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::All(ty) => self.members(ty),
            _ => self.plain(expr),
        }
    }

    /// The facts of a type, as a list.
    fn members(&mut self, name: &Name) -> bool {
        let Some(ty) = self.schema.facts.get(name).filter(|ty| ty.kind == FactKind::Entity) else {
            return false;
        };
        self.found.lists.insert(name.clone());
        let Coverage::By(alternatives) = &ty.coverage else { return true };
        let paths = alternatives.iter().flatten().flat_map(|part| &part.scope);
        paths.for_each(|path| self.path(name, path));
        true
    }

    fn path(&mut self, ty: &Name, path: &[Name]) {
        let mut ty = ty.clone();
        for name in path {
            self.read(&ty, name);
            let field = self.schema.facts.get(&ty).and_then(|declared| declared.field(name.as_str()));
            match field.map(|field| &field.ty) {
                Some(Type::Fact(to)) => ty = to.clone(),
                _ => return,
            }
        }
    }

    fn read(&mut self, ty: &Name, field: &Name) {
        self.found.reads.entry(ty.clone()).or_default().insert(field.clone());
    }

    /// An expression without relations.
    fn plain(&mut self, expr: &Expr) -> bool {
        let fits = match &expr.kind {
            ExprKind::Related(..)
            | ExprKind::Now
            | ExprKind::NowCompare(..)
            | ExprKind::Covered(..)
            | ExprKind::Known(_)
            | ExprKind::Unknown(_)
            | ExprKind::Conflict(_)
            | ExprKind::Assume(..)
            | ExprKind::End(..)
            | ExprKind::Peak { .. } => false,
            ExprKind::All(ty) => self.members(ty),
            ExprKind::Quantified { window, .. } | ExprKind::Filter { window, .. } => window.bounds.is_empty(),
            ExprKind::Field(base, name) => {
                if let Type::Fact(ty) = &base.ty {
                    self.read(ty, name);
                }
                true
            }
            ExprKind::Inverse(owner, name) => self.inverse(&owner.ty, name),
            _ => true,
        };
        let mut all = fits;
        children(expr, &mut |part| all = all && self.plain(part));
        all
    }

    fn inverse(&mut self, owner: &Type, name: &Name) -> bool {
        let Type::Fact(owner) = owner else { return false };
        let Some(declared) = self.schema.facts.get(owner) else { return false };
        let Some(inverse) = declared.inverse(name.as_str()).cloned() else { return false };
        if let Some((start, end)) = declared.lives.clone() {
            self.read(owner, &start);
            end.iter().for_each(|end| self.read(owner, end));
        }
        self.read(&inverse.of, &inverse.via);
        self.members(&inverse.of)
    }
}
