// Assize in VS Code: the server, and the decisions beside the files.

'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

const facts = require('./facts');
const { Panel } = require('./panel');
const program = require('./program');

let client;

function start() {
  const configured = vscode.workspace.getConfiguration('assize');
  client = new LanguageClient('assize', 'Assize', program.server(configured.get('command')), {
    documentSelector: [{ language: 'assize' }],
  });
  return client.start();
}

async function restart() {
  await client?.stop();
  await start();
}

async function activate(context) {
  new Panel().register(context.subscriptions);
  context.subscriptions.push(
    vscode.commands.registerCommand('assize.restart', restart),
    vscode.commands.registerCommand('assize.facts', facts.choose),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('assize.command')) {
        await restart();
      }
    }),
  );
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
