"""What writing needs: completion, renaming, symbols, colours by meaning."""

from lsprotocol import types


def at(editor, needle, inside=0):
    return {"text_document": editor.document, "position": editor.position(needle, inside)}


async def test_fields_are_completed(editor):
    editor.replace("s.static", "s.")
    answer = await editor.client.text_document_completion_async(types.CompletionParams(**at(editor, "&& s.\n", 5)))
    items = answer.items if isinstance(answer, types.CompletionList) else answer
    labels = [item.label for item in items]
    assert "static" in labels and "created_at" in labels
    capabilities = editor.client.capabilities.text_document
    item = capabilities and capabilities.completion and capabilities.completion.completion_item
    if not (item and item.snippet_support):
        assert all(item.insert_text_format != types.InsertTextFormat.Snippet for item in items)


async def test_a_name_is_renamed_wherever_it_stands(editor):
    place = at(editor, "used = ", 1)
    assert await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**place)) is not None
    answer = await editor.client.text_document_rename_async(types.RenameParams(**place, new_name="seen"))
    changes = answer.changes[editor.uri] if answer.changes else answer.document_changes[0].edits
    assert sorted(editor.slice(edit.range) for edit in changes) == ["used", "used"]


async def test_a_text_has_its_symbols(editor):
    answer = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(text_document=editor.document)
    )
    assert {"idle", "idle_key"} <= {symbol.name for symbol in answer}


async def test_names_are_coloured_by_what_they_are(editor):
    answer = await editor.client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(text_document=editor.document)
    )
    legend = editor.offered.semantic_tokens_provider.legend.token_types
    line = column = 0
    found = {}
    for index in range(0, len(answer.data), 5):
        down, right, length, kind, _ = answer.data[index : index + 5]
        line, column = line + down, right if down else column + right
        where = types.Range(types.Position(line, column), types.Position(line, column + length))
        found[editor.slice(where)] = legend[kind]
    assert found["static"] == "property"
    assert found["Secret"] in ("type", "class", "struct")
