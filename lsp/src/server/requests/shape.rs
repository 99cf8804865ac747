//! What is seen of a text beside its letters: explanations, hints, folds, links.

use tower_lsp_server::ls_types::{
    DocumentLink, DocumentLinkParams, FoldingRange, FoldingRangeKind, FoldingRangeParams, Hover,
    HoverContents, HoverParams, InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams, InlayHintTooltip,
    MarkupContent, MarkupKind, SelectionRange, SelectionRangeParams,
};

use crate::ide;
use crate::ide::folding::Kind as Fold;
use crate::ide::hints::Kind as Hint;
use crate::ide::links::Target;
use crate::server::state::State;

impl State {
    pub(in crate::server) fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let mut found = ide::hover::hover(db, &asked.path, asked.offset)?;
        if let Some(population) = self.population(asked.project, &asked.path, asked.offset) {
            found.markdown.push_str("\n\n---\n\n");
            found.markdown.push_str(&population);
        }
        let range = self.range_of(asked.project, &asked.path, found.span);
        let contents = MarkupContent { kind: MarkupKind::Markdown, value: found.markdown };
        Some(Hover { contents: HoverContents::Markup(contents), range })
    }

    pub(in crate::server) fn hints(&self, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
        let (project, path) = self.small(&params.text_document.uri)?;
        let db = &self.projects.get(project)?.db;
        self.with_lines(project, &path, |lines| {
            let found = ide::hints::hints(db, &path, lines.span(params.range));
            let shown = found.into_iter().map(|hint| {
                let place = assize_lang::diagnostic::Span::new(hint.at, hint.at);
                let edit = hint.writable.then(|| vec![lines.edit(place, hint.label.clone())]);
                InlayHint {
                    position: lines.range(place).start,
                    padding_left: Some(hint.kind == Hint::Value && !hint.label.starts_with(' ')),
                    label: InlayHintLabel::String(hint.label),
                    kind: (hint.kind == Hint::Type).then_some(InlayHintKind::TYPE),
                    text_edits: edit,
                    tooltip: (!hint.docs.is_empty()).then(|| InlayHintTooltip::String(hint.docs.to_owned())),
                    padding_right: None,
                    data: None,
                }
            });
            shown.collect()
        })
    }

    pub(in crate::server) fn folds(&self, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
        let (project, path) = self.known_text(&params.text_document.uri)?;
        self.with_lines(project, &path, |lines| {
            let found = ide::folding::folds(lines.text);
            let shown = found.into_iter().map(|fold| {
                let range = lines.range(fold.span);
                // The bracket that closes stays to be seen.
                let closed = u32::from(fold.kind == Fold::Region);
                FoldingRange {
                    start_line: range.start.line,
                    start_character: None,
                    end_line: range.end.line.saturating_sub(closed).max(range.start.line),
                    end_character: None,
                    kind: Some(match fold.kind {
                        Fold::Comment => FoldingRangeKind::Comment,
                        Fold::Imports => FoldingRangeKind::Imports,
                        Fold::Region => FoldingRangeKind::Region,
                    }),
                    collapsed_text: None,
                }
            });
            shown.filter(|fold| fold.end_line > fold.start_line).collect()
        })
    }

    pub(in crate::server) fn selections(&self, params: &SelectionRangeParams) -> Option<Vec<SelectionRange>> {
        let (project, path) = self.known_text(&params.text_document.uri)?;
        let db = &self.projects.get(project)?.db;
        self.with_lines(project, &path, |lines| {
            let grown = params.positions.iter().map(|position| {
                let spans = ide::folding::selections(db, &path, lines.offset(*position));
                let mut outer: Option<SelectionRange> = None;
                for span in spans.iter().rev() {
                    outer = Some(SelectionRange { range: lines.range(*span), parent: outer.map(Box::new) });
                }
                // One answer a position, whatever is there.
                outer.unwrap_or_else(|| SelectionRange {
                    range: tower_lsp_server::ls_types::Range::new(*position, *position),
                    parent: None,
                })
            });
            grown.collect()
        })
    }

    pub(in crate::server) fn links(&self, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
        let (project, path) = self.small(&params.text_document.uri)?;
        let db = &self.projects.get(project)?.db;
        let mut out = Vec::new();
        for link in ide::links::links(db, &path) {
            let target = match &link.target {
                Target::File(file) => {
                    self.location(project, file, assize_lang::diagnostic::Span::default()).map(|at| at.uri)
                }
                Target::Page(code) => self.library.page(*code),
                Target::Web(address) => address.parse().ok(),
            };
            let (Some(target), Some(range)) = (target, self.range_of(project, &path, link.span)) else {
                continue;
            };
            let tooltip = self.can.tooltips.then_some(link.tip);
            out.push(DocumentLink { range, target: Some(target), tooltip, data: None });
        }
        Some(out)
    }
}
