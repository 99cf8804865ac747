//! The names of policies, and of what ranges over facts as they do.

use super::super::items::governance::snake;
use super::super::items::relations;
use super::super::policy::policy;
use super::super::resolve::{DeclKind, SEVERITY};
use super::probe::Wanted;
use super::scope::Walk;
use super::{LocalKind, Meaning};
use crate::plan::{Name, Type};
use crate::syntax::ast::{
    Binding, BindingSource, Clause, EnvelopeItem, ExprKind, Ident, Outcome, OutcomeKind, Path, PolicyItem,
    RelationCase, Sequence, TextLit, WaiveItem, When,
};

impl Walk<'_> {
    pub(super) fn policy(&mut self, written: &PolicyItem) {
        written.maps.iter().for_each(|path| self.control(path));
        written.bindings.iter().for_each(|binding| self.binding(binding));
        if let Some(sequence) = &written.sequence {
            self.sequence(sequence);
        }
        for clause in &written.clauses {
            match clause {
                Clause::Where(condition) => self.value(condition, &Type::Bool),
                Clause::Let(name, expr, docs) => {
                    self.expr(expr);
                    let ty = self.type_of(expr);
                    let whole = name.span.to(expr.span);
                    self.bind_documented(LocalKind::Let, name, ty, whole, docs.clone());
                }
            }
        }
        for arm in written.decide.iter().flat_map(|decide| &decide.arms) {
            if let When::Expr(condition) = &arm.when {
                self.value(condition, &Type::Bool);
            }
            arm.outcomes.iter().for_each(|outcome| self.outcome(outcome));
            arm.because.iter().flat_map(TextLit::exprs).for_each(|value| self.expr(value));
        }
    }

    fn control(&mut self, path: &Path) {
        self.probe_control(path);
        let Some((entry, head)) = path.parts.split_last().filter(|(_, head)| !head.is_empty()) else {
            return;
        };
        let span = head.iter().fold(path.span, |_, part| part.span);
        let Some(decl) = self.path(&Path { parts: head.to_vec(), span }) else { return };
        if decl.kind == DeclKind::Catalog {
            let catalog = decl.name.name(self.db()).clone();
            self.say(entry.span, Meaning::Control { catalog, entry: entry.text.clone() });
        }
    }

    fn binding(&mut self, binding: &Binding) {
        match &binding.source {
            BindingSource::Type(path) => {
                let ty = self.fact_type(path);
                self.bind(LocalKind::Binding, &binding.name, ty, binding.span);
            }
            BindingSource::List(list) => {
                self.expr(list);
                let ty = match self.type_of(list) {
                    Some((Type::List(of), _)) => Some((*of, false)),
                    _ => None,
                };
                self.bind(LocalKind::Binding, &binding.name, ty, binding.span);
            }
            BindingSource::Relation(names, path) => {
                self.probe_path(path, &[DeclKind::Relation]);
                let head = match self.path(path) {
                    Some(decl) if decl.kind == DeclKind::Relation => {
                        relations::head(self.db(), decl.item).as_ref()
                    }
                    _ => None,
                };
                for (at, name) in names.iter().enumerate() {
                    let column = head.and_then(|head| head.columns.get(at));
                    let ty = column.map(|(_, ty)| (ty.clone(), false));
                    self.bind(LocalKind::Binding, name, ty, binding.span);
                }
            }
        }
    }

    /// Names a fact type, and gives the type of one fact.
    fn fact_type(&mut self, path: &Path) -> Option<(Type, bool)> {
        self.probe_path(path, &[DeclKind::Fact, DeclKind::Request]);
        let decl = self.path(path)?;
        Some((Type::Fact(decl.name.name(self.db()).clone()), false))
    }

    fn sequence(&mut self, written: &Sequence) {
        for (at, step) in written.steps.iter().enumerate() {
            let ty = self.fact_type(&step.ty);
            if let (0, Some(by), Some((Type::Fact(of), _))) = (at, &written.by, &ty) {
                self.probe_ident(by, Wanted::Field(of.clone()));
                self.field(of, by);
            }
            self.bind(LocalKind::Binding, &step.name, ty, step.name.span.to(step.ty.span));
            if let Some(condition) = &step.condition {
                self.value(condition, &Type::Bool);
            }
        }
        if let Some(within) = &written.within {
            self.value(within, &Type::Duration);
        }
    }

    pub(super) fn case(&mut self, case: &RelationCase) {
        let keep = self.bound();
        case.bindings.iter().for_each(|binding| self.binding(binding));
        if let Some(condition) = &case.condition {
            self.value(condition, &Type::Bool);
        }
        self.unbind(keep);
    }

    pub(super) fn waiver(&mut self, written: &WaiveItem) {
        self.probe_path(&written.policy, &[DeclKind::Policy]);
        let waived = self.path(&written.policy).filter(|decl| decl.kind == DeclKind::Policy);
        let ty = waived.and_then(|decl| {
            let policy = policy(self.db(), decl.item).value.as_ref()?;
            let bound = |name: &Name| name.as_str() == written.binding.text;
            Some((policy.bindings.iter().find(|binding| bound(&binding.name))?.ty.clone(), false))
        });
        self.bind(LocalKind::Binding, &written.binding, ty, written.binding.span);
        if let Some(condition) = &written.condition {
            self.expr(condition);
        }
    }

    pub(super) fn envelope(&mut self, written: &EnvelopeItem) {
        let ty = self.fact_type(&written.ty);
        if let (Some(never), Some((Type::Fact(of), _))) = (&written.never, &ty) {
            // The fact is named by its type: nothing else stands there that could be its name.
            let name = Ident { text: snake(of.short()), span: written.ty.span };
            self.bind_unsaid(&name, ty.clone());
            self.expr(never);
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        match &outcome.kind {
            OutcomeKind::Rank(tier, keys) => {
                self.expr(tier);
                keys.iter().for_each(|(key, _)| self.expr(key));
            }
            OutcomeKind::Alert(severity) => match &severity.kind {
                ExprKind::Name(word) if self.local(word).is_none() => {
                    self.constant(severity, Some(&Type::Enum(Name::from(SEVERITY))));
                }
                _ => self.expr(severity),
            },
            OutcomeKind::Revoke { target, .. } | OutcomeKind::Block(target) => self.expr(target),
        }
        let periods = outcome.within.iter().chain(&outcome.lasting);
        periods.for_each(|period| self.value(period, &Type::Duration));
        outcome.with.iter().flat_map(|(_, value)| value.exprs()).for_each(|value| self.expr(value));
    }
}
