// Which facts the counts above policies are of.

'use strict';

const vscode = require('vscode');

const OWN = 'The facts that assize.toml names';
const FOLDER = 'A snapshot…';
const FILE = 'A file of facts…';

/** Asks for facts, and tells the server. */
async function choose() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'assize') {
    vscode.window.showInformationMessage('open a policy of the project first');
    return;
  }
  const picked = await vscode.window.showQuickPick([OWN, FOLDER, FILE], { title: 'Count the decisions on' });
  if (picked === undefined) {
    return;
  }
  const chosen = { uri: document.uri.toString() };
  if (picked !== OWN) {
    const folders = picked === FOLDER;
    const found = await vscode.window.showOpenDialog({ canSelectFolders: folders, canSelectFiles: !folders });
    if (found === undefined) {
      return;
    }
    chosen.facts = found[0].fsPath;
  }
  try {
    await vscode.commands.executeCommand('assize.chooseFacts', chosen);
  } catch (error) {
    vscode.window.showErrorMessage(`assize: ${error.message}`);
  }
}

module.exports = { choose };
