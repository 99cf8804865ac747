// The decisions beside the files.

'use strict';

const vscode = require('vscode');

const decisions = require('./decisions');
const program = require('./program');

/** A document that shows what a command said, and is nobody's file. */
const SCHEME = 'assize-explain';

class Panel {
  constructor() {
    this.changed = new vscode.EventEmitter();
    this.onDidChangeTreeData = this.changed.event;
    this.report = undefined;
    this.folder = undefined;
    this.texts = new Map();
    this.view = undefined;
  }

  /** Puts the panel, its commands and its documents in their places. */
  register(subscriptions) {
    this.view = vscode.window.createTreeView('assize.decisions', { treeDataProvider: this, showCollapseAll: true });
    const command = (name, run) => vscode.commands.registerCommand(name, run);
    subscriptions.push(
      this.view,
      command('assize.decisions.refresh', () => this.refresh()),
      command('assize.decisions.byVerdict', () => this.groupBy('verdict')),
      command('assize.decisions.byPolicy', () => this.groupBy('policy')),
      command('assize.decisions.open', (node) => open(node.policy)),
      command('assize.decisions.explain', (node) => this.explain(node)),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        provideTextDocumentContent: (uri) => this.texts.get(uri.path) ?? '',
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('assize.decisions')) {
          this.changed.fire();
        }
      }),
    );
  }

  getChildren(node) {
    if (node) {
      return node.children;
    }
    return this.report ? decisions.tree(this.report, settings().get('decisions.groupBy')) : [];
  }

  getTreeItem(node) {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const state = node.children.length === 0 ? None : node.context === 'group' ? Expanded : Collapsed;
    const item = new vscode.TreeItem(node.label, state);
    item.description = node.description;
    item.tooltip = node.tooltip ?? node.label;
    item.contextValue = node.context;
    if (node.icon) {
      item.iconPath = new vscode.ThemeIcon(node.icon);
    }
    return item;
  }

  /** Decides again, from what is saved. */
  async refresh() {
    const folder = projectFolder();
    if (!folder) {
      return;
    }
    const where = { location: { viewId: 'assize.decisions' } };
    await vscode.window.withProgress(where, async () => {
      try {
        const [command, extra] = [settings().get('command'), settings().get('eval.arguments')];
        this.report = await program.decisions(command, extra, folder);
        this.folder = folder;
        this.view.message = decisions.summary(this.report);
      } catch (error) {
        vscode.window.showErrorMessage(`assize eval: ${error.message}`);
      }
      this.changed.fire();
    });
  }

  async groupBy(what) {
    await settings().update('decisions.groupBy', what);
    this.changed.fire();
  }

  async explain(node) {
    try {
      const [command, extra] = [settings().get('command'), settings().get('eval.arguments')];
      const said = await program.explanation(command, node.id, extra, this.folder);
      await this.show(node.id, said);
    } catch (error) {
      vscode.window.showErrorMessage(`assize explain: ${error.message}`);
    }
  }

  /** Shows a text beside the editor. */
  async show(name, text) {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `${name}.txt` });
    this.texts.set(uri.path, text);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
  }
}

function settings() {
  return vscode.workspace.getConfiguration('assize');
}

/** The folder of what is being edited, else the first one. */
function projectFolder() {
  const edited = vscode.window.activeTextEditor?.document.uri;
  const folder = edited && vscode.workspace.getWorkspaceFolder(edited);
  return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath;
}

/** Goes to where a policy is declared. */
async function open(policy) {
  const name = policy.slice(policy.lastIndexOf('.') + 1);
  const found = await vscode.commands.executeCommand('vscode.executeWorkspaceSymbolProvider', name);
  const symbol = (found ?? []).find((one) => one.name === name);
  if (!symbol) {
    vscode.window.showInformationMessage(`\`${policy}\` is not declared in this folder`);
    return;
  }
  await vscode.window.showTextDocument(symbol.location.uri, { selection: symbol.location.range });
}

module.exports = { Panel };
