// As much of the `vscode` module as the extension asks for. What it is told is kept, so that a test can look.

'use strict';

const Module = require('node:module');

function disposable() {
  return { dispose() {} };
}

class EventEmitter {
  constructor() {
    this.fired = 0;
    this.event = () => disposable();
  }

  fire() {
    this.fired += 1;
  }
}

class TreeItem {
  constructor(label, state) {
    this.label = label;
    this.collapsibleState = state;
  }
}

class ThemeIcon {
  constructor(id) {
    this.id = id;
  }
}

/** A fresh module, and what was registered, shown and asked of it. */
function fake({ settings = {}, folder = '/project', symbols = [], answers = [], editor } = {}) {
  const said = { commands: new Map(), providers: new Map(), messages: [], shown: [], views: new Map(), updates: [], executed: [] };
  const vscode = {
    EventEmitter,
    ThemeIcon,
    TreeItem,
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    Uri: { from: (parts) => parts },
    ViewColumn: { Beside: -2 },
    commands: {
      registerCommand(name, run) {
        said.commands.set(name, run);
        return disposable();
      },
      async executeCommand(...all) {
        said.executed.push(all);
        return symbols;
      },
    },
    window: {
      activeTextEditor: editor,
      showQuickPick: async (choices) => choices[answers.shift()],
      showOpenDialog: async () => answers.shift(),
      createTreeView(id, options) {
        const view = { ...disposable(), options };
        said.views.set(id, view);
        return view;
      },
      showErrorMessage: (text) => said.messages.push(text),
      showInformationMessage: (text) => said.messages.push(text),
      showTextDocument: async (what, options) => said.shown.push({ what, options }),
      withProgress: (_, run) => run(),
    },
    workspace: {
      workspaceFolders: folder === undefined ? undefined : [{ uri: { fsPath: folder } }],
      getWorkspaceFolder: () => undefined,
      getConfiguration: () => ({
        get: (name) => settings[name],
        update: async (name, value) => {
          settings[name] = value;
          said.updates.push([name, value]);
        },
      }),
      onDidChangeConfiguration: (listener) => {
        said.changed = listener;
        return disposable();
      },
      openTextDocument: async (uri) => ({ uri, text: said.providers.get(uri.scheme)?.provideTextDocumentContent(uri) }),
      registerTextDocumentContentProvider(scheme, provider) {
        said.providers.set(scheme, provider);
        return disposable();
      },
    },
  };
  return { vscode, said };
}

/** Loads a file of the extension with these modules in the place of the real ones. */
function load(file, modules) {
  const resolve = Module._load;
  Module._load = (request, ...rest) => (Object.hasOwn(modules, request) ? modules[request] : resolve(request, ...rest));
  try {
    delete require.cache[require.resolve(file)];
    for (const cached of Object.keys(require.cache)) {
      if (cached.includes(`${require('node:path').sep}src${require('node:path').sep}`)) {
        delete require.cache[cached];
      }
    }
    return require(file);
  } finally {
    Module._load = resolve;
  }
}

module.exports = { fake, load };
