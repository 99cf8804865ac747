// Monaco with the server behind it. `toServer` is what the program that opened the page gives it; what comes back is
// handed to `fromServer`.

import * as monaco from 'monaco-editor/editor/editor.main.js';

import { colours } from './colours.js';

// Nothing here needs a thread of its own.
self.MonacoEnvironment = {
  getWorker: () => new Worker(URL.createObjectURL(new Blob([''], { type: 'text/javascript' }))),
};

const waiting = new Map();
let next = 0;
let editor;

function notify(method, params) {
  window.toServer(JSON.stringify({ jsonrpc: '2.0', method, params }));
}

function request(method, params) {
  next += 1;
  const id = next;
  window.toServer(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

const severities = { 1: 8, 2: 4, 3: 2, 4: 1 };

window.fromServer = (text) => {
  const message = JSON.parse(text);
  if (message.method === 'textDocument/publishDiagnostics') {
    const model = editor?.getModel();
    if (model && message.params.uri === window.uri) {
      monaco.editor.setModelMarkers(model, 'assize', message.params.diagnostics.map((one) => ({
        ...range(one.range), message: one.message, code: String(one.code), severity: severities[one.severity],
      })));
    }
  } else if (message.method !== undefined && message.id !== undefined) {
    window.toServer(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: null }));
    if (message.method === 'workspace/codeLens/refresh') {
      window.lensesChanged?.fire();
    }
  } else if (waiting.has(message.id)) {
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  }
};

function range({ start, end }) {
  return {
    startLineNumber: start.line + 1,
    startColumn: start.character + 1,
    endLineNumber: end.line + 1,
    endColumn: end.character + 1,
  };
}

function place(position) {
  return {
    textDocument: { uri: window.uri },
    position: { line: position.lineNumber - 1, character: position.column - 1 },
  };
}

const markdown = (value) => ({ value: typeof value === 'string' ? value : (value?.value ?? '') });

/** What the protocol numbers, by its name. */
const KINDS = [
  '', 'Text', 'Method', 'Function', 'Constructor', 'Field', 'Variable', 'Class', 'Interface', 'Module', 'Property',
  'Unit', 'Value', 'Enum', 'Keyword', 'Snippet', 'Color', 'File', 'Reference', 'Folder', 'EnumMember', 'Constant',
  'Struct', 'Event', 'Operator', 'TypeParameter',
];

function register() {
  const { languages } = monaco;
  languages.registerHoverProvider('assize', {
    async provideHover(_, position) {
      const found = await request('textDocument/hover', place(position));
      return found && { contents: [markdown(found.contents)], range: found.range && range(found.range) };
    },
  });
  languages.registerCompletionItemProvider('assize', {
    triggerCharacters: ['.'],
    async provideCompletionItems(model, position) {
      const found = await request('textDocument/completion', place(position));
      const word = model.getWordUntilPosition(position);
      const here = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn);
      const suggestions = (found?.items ?? found ?? []).map((item) => ({
        label: item.labelDetails ? { label: item.label, ...item.labelDetails } : item.label,
        kind: languages.CompletionItemKind[KINDS[item.kind] ?? 'Text'],
        detail: item.detail,
        documentation: item.documentation && markdown(item.documentation),
        insertText: item.textEdit?.newText ?? item.insertText ?? item.label,
        insertTextRules: item.insertTextFormat === 2 ? languages.CompletionItemInsertTextRule.InsertAsSnippet : undefined,
        range: item.textEdit?.range ? range(item.textEdit.range) : here,
        sortText: item.sortText,
        filterText: item.filterText,
      }));
      return { suggestions };
    },
  });
  languages.registerInlayHintsProvider('assize', {
    async provideInlayHints(_, where) {
      const params = {
        textDocument: { uri: window.uri },
        range: {
          start: { line: where.startLineNumber - 1, character: where.startColumn - 1 },
          end: { line: where.endLineNumber - 1, character: where.endColumn - 1 },
        },
      };
      const found = window.offered.inlayHintProvider ? await request('textDocument/inlayHint', params) : [];
      const hints = (found ?? []).map((one) => ({
        label: typeof one.label === 'string' ? one.label : one.label.map((part) => part.value).join(''),
        position: { lineNumber: one.position.line + 1, column: one.position.character + 1 },
        kind: one.kind,
        paddingLeft: one.paddingLeft,
        paddingRight: one.paddingRight,
      }));
      return { hints, dispose() {} };
    },
  });
  window.lensesChanged = new monaco.Emitter();
  languages.registerCodeLensProvider('assize', {
    onDidChange: window.lensesChanged.event,
    async provideCodeLenses() {
      if (!window.offered.codeLensProvider) {
        return { lenses: [], dispose() {} };
      }
      const found = (await request('textDocument/codeLens', { textDocument: { uri: window.uri } })) ?? [];
      const resolved = await Promise.all(found.map((lens) => (lens.command ? lens : request('codeLens/resolve', lens))));
      const lenses = resolved.filter((lens) => lens.command).map((lens) => ({
        range: range(lens.range), command: { id: '', title: lens.command.title },
      }));
      return { lenses, dispose() {} };
    },
  });
}

/** Opens a text of a project in the editor. */
window.start = async ({ uri, root, text, options, grammar, onig }) => {
  window.uri = uri;
  const { capabilities } = await request('initialize', {
    processId: null,
    rootUri: root,
    workspaceFolders: [{ uri: root, name: 'project' }],
    initializationOptions: options,
    capabilities: {
      general: { positionEncodings: ['utf-16'] },
      textDocument: {
        publishDiagnostics: { relatedInformation: false },
        hover: { contentFormat: ['markdown'] },
        completion: {
          completionItem: { snippetSupport: true, labelDetailsSupport: true, documentationFormat: ['markdown'] },
        },
        codeLens: {},
        inlayHint: {},
      },
      workspace: { codeLens: { refreshSupport: true }, inlayHint: { refreshSupport: true } },
      window: { workDoneProgress: true },
    },
  });
  window.offered = capabilities;
  notify('initialized', {});
  monaco.languages.register({ id: 'assize', extensions: ['.assize'] });
  await colours(monaco, grammar, onig);
  register();
  const model = monaco.editor.createModel(text, 'assize', monaco.Uri.parse(uri));
  notify('textDocument/didOpen', { textDocument: { uri, languageId: 'assize', version: 1, text } });
  let version = 1;
  model.onDidChangeContent(() => {
    version += 1;
    notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text: model.getValue() }] });
  });
  editor = monaco.editor.create(document.getElementById('editor'), {
    model,
    theme: 'assize',
    fontSize: 14,
    fontFamily: 'DejaVu Sans Mono, monospace',
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    lineNumbersMinChars: 3,
    renderLineHighlight: 'none',
    overviewRulerLanes: 0,
    scrollbar: { vertical: 'hidden', horizontal: 'hidden' },
    quickSuggestions: false,
    codeLens: true,
    codeLensFontSize: 12,
    hover: { delay: 0, above: false },
    suggest: { showStatusBar: false, preview: false },
    fixedOverflowWidgets: true,
  });
  window.editor = editor;
};

/** Puts the cursor behind a piece of the text, and shows the text from a line on. */
window.go = (needle, from) => {
  const model = editor.getModel();
  const [found] = model.findMatches(needle, false, false, true, null, false);
  const end = found.range.getEndPosition();
  editor.setPosition(end);
  editor.focus();
  if (from !== undefined) {
    editor.setScrollTop(editor.getTopForLineNumber(from));
  }
  return end;
};

/** Replaces a piece of the text. */
window.replace = (needle, text) => {
  const [found] = editor.getModel().findMatches(needle, false, false, true, null, false);
  editor.executeEdits('picture', [{ range: found.range, text }]);
};

window.trigger = (action) => editor.trigger('picture', action, {});
window.markers = () => monaco.editor.getModelMarkers({}).length;
