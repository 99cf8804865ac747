"""What every editor can do with the server, whatever it says of itself."""

import pytest
from lsprotocol import types


def at(editor, needle, inside=0):
    return {"text_document": editor.document, "position": editor.position(needle, inside)}


async def test_columns_are_counted_as_was_agreed(editor, request):
    profile = request.node.callspec.params["client"].__name__
    expected = {"neovim": "utf-8"}.get(profile, "utf-16")
    assert editor.encoding == expected


async def test_a_mistake_is_shown_where_it_stands_and_is_gone_when_mended(editor):
    assert await editor.diagnostics() == []
    editor.replace("s.static", "s.statik")
    [found] = await editor.diagnostics()
    assert found.code == "E0202"
    assert editor.slice(found.range) == "statik"
    assert found.severity == types.DiagnosticSeverity.Error
    editor.replace("s.statik", "s.static")
    assert await editor.diagnostics() == []


async def test_a_name_is_explained(editor):
    answer = await editor.client.text_document_hover_async(types.HoverParams(**at(editor, "static\n", 2)))
    assert "static: bool" in answer.contents.value
    assert editor.slice(answer.range) == "static"


async def test_a_name_is_found_where_it_is_declared(editor):
    answer = await editor.client.text_document_definition_async(types.DefinitionParams(**at(editor, "idle)", 1)))
    found = answer[0] if isinstance(answer, list) else answer
    where = found.target_selection_range if isinstance(found, types.LocationLink) else found.range
    assert where.start.line == editor.position("idle: duration").line


async def test_a_text_is_formatted(editor):
    editor.replace("  let used = ", "  let   used=")
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(
            text_document=editor.document, options=types.FormattingOptions(tab_size=2, insert_spaces=True)
        )
    )
    assert any("let used = s.uses" in edit.new_text for edit in edits)


async def test_a_mistake_is_mended(editor, request):
    if request.node.callspec.params["client"].__name__ == "minimal":
        pytest.skip("an editor that says nothing takes no code action with an edit")
    editor.replace("s.static", "s.statik")
    [found] = await editor.diagnostics()
    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=editor.document,
            range=found.range,
            context=types.CodeActionContext(diagnostics=[found]),
        )
    )
    fixes = [action for action in actions if action.kind == types.CodeActionKind.QuickFix]
    changed = [
        edit.new_text
        for fix in fixes
        for edits in (
            (fix.edit.changes or {}).values()
            if fix.edit.changes
            else [change.edits for change in fix.edit.document_changes or []]
        )
        for edit in edits
    ]
    assert "static" in changed


async def test_everything_that_is_offered_is_answered_at_every_place(editor):
    """No answer is an error: an unhandled one would raise here."""
    client, document, offered = editor.client, editor.document, editor.offered
    whole = types.Range(types.Position(0, 0), types.Position(editor.text.count("\n"), 0))
    asked = 0
    for provider, ask in [
        (offered.folding_range_provider, lambda: client.text_document_folding_range_async(types.FoldingRangeParams(document))),
        (offered.document_link_provider, lambda: client.text_document_document_link_async(types.DocumentLinkParams(document))),
        (offered.inlay_hint_provider, lambda: client.text_document_inlay_hint_async(types.InlayHintParams(document, whole))),
        (offered.code_lens_provider, lambda: client.text_document_code_lens_async(types.CodeLensParams(document))),
        (offered.workspace_symbol_provider, lambda: client.workspace_symbol_async(types.WorkspaceSymbolParams("idle"))),
    ]:
        if provider:
            await ask()
            asked += 1
    for needle in ["acme", "nhi", "duration", "45d", "🔑", "Secret", "exists", "because", "{missing}", "}"]:
        place = at(editor, needle)
        position = types.TextDocumentPositionParams(**place)
        for provider, ask in [
            (offered.hover_provider, lambda: client.text_document_hover_async(types.HoverParams(**place))),
            (offered.completion_provider, lambda: client.text_document_completion_async(types.CompletionParams(**place))),
            (offered.signature_help_provider, lambda: client.text_document_signature_help_async(types.SignatureHelpParams(**place))),
            (offered.declaration_provider, lambda: client.text_document_declaration_async(types.DeclarationParams(**place))),
            (offered.type_definition_provider, lambda: client.text_document_type_definition_async(types.TypeDefinitionParams(**place))),
            (
                offered.references_provider,
                lambda: client.text_document_references_async(
                    types.ReferenceParams(context=types.ReferenceContext(include_declaration=True), **place)
                ),
            ),
            (
                offered.document_highlight_provider,
                lambda: client.text_document_document_highlight_async(types.DocumentHighlightParams(**place)),
            ),
            (
                offered.selection_range_provider,
                lambda: client.text_document_selection_range_async(
                    types.SelectionRangeParams(text_document=document, positions=[position.position])
                ),
            ),
            (
                offered.linked_editing_range_provider,
                lambda: client.text_document_linked_editing_range_async(types.LinkedEditingRangeParams(**place)),
            ),
            (
                offered.call_hierarchy_provider,
                lambda: client.text_document_prepare_call_hierarchy_async(types.CallHierarchyPrepareParams(**place)),
            ),
        ]:
            if provider:
                await ask()
                asked += 1
    assert asked >= 10, "a hover at each of ten places at least"
