"""Three editors by what they say that they can do, each with a server of its own in a folder of its own.

`ASSIZE_SERVER` is the command that starts the server, its words with tabs between them.
"""

import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

SERVER = os.environ.get("ASSIZE_SERVER", "assize\tlsp").split("\t")

# A key of two UTF-16 units and four UTF-8 bytes stands before what is asked about.
POLICY = """package acme.p
use nhi.model.*

param idle: duration = 45d in 7d..400d source "a test"

/// A static secret that nobody uses.
policy idle_key {
  for s: Secret
  where "🔑" != s.id && s.static
  let used = s.uses.exists(u, u.at > now - idle)
  decide {
    !used   => alert low because "{s.id} is idle"
    unknown => alert low because "{missing}"
  }
}
"""


def visual_studio_code() -> types.InitializeParams:
    """Counts in UTF-16, asks for diagnostics, takes snippets."""
    capabilities = client_capabilities("visual-studio-code")
    capabilities.general.position_encodings = [types.PositionEncodingKind.Utf16]
    capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities()
    return types.InitializeParams(capabilities=capabilities)


def neovim() -> types.InitializeParams:
    """Counts in UTF-8, and is told of diagnostics."""
    capabilities = client_capabilities("neovim@v0.11")
    capabilities.general.position_encodings = [types.PositionEncodingKind.Utf8]
    capabilities.text_document.diagnostic = None
    return types.InitializeParams(capabilities=capabilities)


def minimal() -> types.InitializeParams:
    """Says nothing of itself."""
    return types.InitializeParams(capabilities=types.ClientCapabilities())


PROFILES = [visual_studio_code, neovim, minimal]


class Editor:
    """An editor with one file open."""

    def __init__(self, client: LanguageClient, folder: pathlib.Path, offered: types.ServerCapabilities):
        self.client = client
        self.offered = offered
        self.encoding = offered.position_encoding or types.PositionEncodingKind.Utf16
        self.path = folder / "policy.assize"
        self.uri = self.path.as_uri()
        self.document = types.TextDocumentIdentifier(uri=self.uri)
        self.version = 1
        self.text = POLICY
        self.published: dict[int, list[types.Diagnostic]] = {}
        self.pulls = client.capabilities.text_document is not None and (
            client.capabilities.text_document.diagnostic is not None
        )

    def open(self):
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                types.TextDocumentItem(uri=self.uri, language_id="assize", version=1, text=self.text)
            )
        )

    def position(self, needle: str, inside: int = 0) -> types.Position:
        """Where a piece of the text stands, in what this editor counts; `inside` characters further."""
        offset = self.text.index(needle) + inside
        line = self.text.count("\n", 0, offset)
        before = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        if self.encoding == types.PositionEncodingKind.Utf8:
            column = len(before.encode())
        else:
            column = len(before.encode("utf-16-le")) // 2
        return types.Position(line=line, character=column)

    def range(self, needle: str) -> types.Range:
        return types.Range(start=self.position(needle), end=self.position(needle, len(needle)))

    def replace(self, needle: str, new: str):
        """One incremental change."""
        where = self.range(needle)
        self.version += 1
        self.text = self.text.replace(needle, new, 1)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                content_changes=[types.TextDocumentContentChangePartial(range=where, text=new)],
            )
        )

    def slice(self, where: types.Range) -> str:
        """What stands in a range."""
        lines = self.text.split("\n")
        encoding, unit = ("utf-8", 1) if self.encoding == types.PositionEncodingKind.Utf8 else ("utf-16-le", 2)
        assert where.start.line == where.end.line
        line = lines[where.start.line].encode(encoding)
        return line[where.start.character * unit : where.end.character * unit].decode(encoding)

    async def diagnostics(self) -> list[types.Diagnostic]:
        """What is wrong with the text as it is: asked for, or waited for."""
        if self.pulls and self.offered.diagnostic_provider is not None:
            report = await self.client.text_document_diagnostic_async(
                types.DocumentDiagnosticParams(text_document=self.document)
            )
            return list(report.items)
        if self.published.get(self.version) is None:
            while True:
                said = await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
                if said.uri == self.uri and said.version in (None, self.version):
                    self.published[self.version] = list(said.diagnostics)
                    break
        return self.published[self.version]




def editor_of_today() -> LanguageClient:
    """The client, with answers to what servers ask of one that said it may be asked."""
    client = make_test_lsp_client()
    client.registered = []

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams):
        client.registered.extend(params.registrations)

    for refresh in [
        types.WORKSPACE_CODE_LENS_REFRESH,
        types.WORKSPACE_INLAY_HINT_REFRESH,
        types.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
    ]:
        client.feature(refresh)(lambda _: None)
    return client


@pytest_lsp.fixture(
    params=PROFILES,
    ids=lambda profile: profile.__name__,
    config=ClientServerConfig(server_command=SERVER, client_factory=editor_of_today),
)
async def client(request, lsp_client: LanguageClient, tmp_path):
    params = request.param()
    params.root_uri = tmp_path.as_uri()
    params.workspace_folders = [types.WorkspaceFolder(uri=tmp_path.as_uri(), name="acme")]
    (tmp_path / "policy.assize").write_text(POLICY)
    answer = await lsp_client.initialize_session(params)
    lsp_client.editor = Editor(lsp_client, tmp_path, answer.capabilities)
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client) -> Editor:
    client.editor.open()
    return client.editor
