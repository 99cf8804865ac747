"""What policies come to on a project's facts. Only the whole program reads facts: `ASSIZE_COUNTS` says that
`ASSIZE_SERVER` is it."""

import asyncio
import os
import pathlib
import shutil

import pytest
from lsprotocol import types

pytestmark = pytest.mark.skipif("ASSIZE_COUNTS" not in os.environ, reason="this server reads no facts")

PROJECT = pathlib.Path(__file__).parents[3] / "examples/quickstart"


@pytest.fixture
def estate(client):
    """The quickstart's policy, open beside its facts."""
    editor = client.editor
    folder = editor.path.parent
    editor.path.unlink()
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    editor.path = folder / "idle_key.assize"
    editor.uri = editor.path.as_uri()
    editor.document = types.TextDocumentIdentifier(uri=editor.uri)
    editor.text = editor.path.read_text()
    editor.open()
    return editor


async def lenses(editor, wanted):
    """The lenses, as soon as one of them says what is wanted."""
    async with asyncio.timeout(60):
        while True:
            found = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.document))
            if any(wanted in lens.command.title for lens in found or []):
                return found
            await asyncio.sleep(0.05)


async def test_a_policy_says_what_it_comes_to(estate):
    found = await lenses(estate, "matches")
    line = estate.position("policy idle_key").line
    [head] = [lens.command.title for lens in found if "matches" in lens.command.title]
    expected = "matches 1 of 3 · would revoke 1 · would alert 1 · unknown 1 (no key_log coverage of `lab`) · "
    assert head.startswith(expected) and head.endswith(" µs each")
    assert {lens.range.start.line for lens in found if lens.command.title.startswith("decides")} == {
        estate.position("!used").line,
        estate.position("unknown =>").line,
    }
    assert any(lens.range.start.line == line for lens in found)


async def test_an_edit_says_what_it_changes(estate):
    await lenses(estate, "matches 1 of 3")
    estate.replace("= 45d in", "= 400d in")
    found = await lenses(estate, "since saved")
    assert any("revoke" in lens.command.title or "alert" in lens.command.title for lens in found)


async def test_one_case_is_explained(estate):
    found = await lenses(estate, "explain one")
    [explain] = [lens.command for lens in found if lens.command.title == "explain one"]
    answer = await estate.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=explain.command, arguments=explain.arguments)
    )
    assert "idle_key" in str(answer) or answer is None


async def test_a_test_is_run(estate):
    found = await lenses(estate, "run test")
    [run] = [lens.command for lens in found if lens.command.title == "run test"]
    await estate.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=run.command, arguments=run.arguments)
    )
