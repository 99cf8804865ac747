// VS Code itself, served to a browser by code-server, with the extension as `npm run package` builds it.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PORT = 8431;
const VSIX = 'lsp/editors/vscode/dist/assize.vsix';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What an editor that starts for the first time would otherwise ask about, or show over the text. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Light Modern',
  'security.workspace.trust.enabled': false,
  'editor.minimap.enabled': false,
  'telemetry.telemetryLevel': 'off',
};

async function press(tab, key, ...held) {
  for (const one of held) await tab.keyboard.down(one);
  await tab.keyboard.press(key);
  for (const one of held) await tab.keyboard.up(one);
  await pause(1_200);
}

async function command(tab, name) {
  await press(tab, 'F1');
  await tab.keyboard.type(name);
  await pause(1_500);
  await press(tab, 'Enter');
}

/** Opens a policy of a project, waits for its counts and for the decisions beside it, and takes the picture. */
export async function vscode({ browser, codeServer, assize, repository, scene, into }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assize-vscode-'));
  const project = path.join(folder, path.basename(scene.project));
  fs.cpSync(path.join(repository, scene.project), project, { recursive: true });
  for (const [name, text] of Object.entries(scene.files)) {
    fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    fs.writeFileSync(path.join(project, name), text);
  }
  scene.prepare({ project });
  const data = path.join(folder, 'data');
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  fs.writeFileSync(path.join(data, 'User/settings.json'), JSON.stringify({ ...SETTINGS, 'assize.command': [assize] }));
  const own = ['--user-data-dir', data, '--extensions-dir', path.join(folder, 'extensions')];
  execFileSync(process.execPath, [codeServer, ...own, '--install-extension', path.join(repository, VSIX)]);
  const server = spawn(process.execPath, [codeServer, ...own, '--auth', 'none', '--bind-addr', `127.0.0.1:${PORT}`], {
    stdio: 'ignore',
  });
  const tab = await browser.newPage();
  try {
    await tab.setViewport({ width: 1200, height: 700, deviceScaleFactor: 1.25 });
    await pause(5_000);
    await tab.goto(`http://127.0.0.1:${PORT}/?folder=${project}`, { timeout: 90_000 });
    await tab.waitForSelector('.monaco-workbench', { timeout: 90_000 });
    await pause(8_000);
    await press(tab, 'p', 'Control');
    await tab.keyboard.type(path.basename(scene.file));
    await pause(2_500);
    await press(tab, 'Enter');
    await tab.waitForFunction(() => document.body.innerText.includes('matches'), { timeout: 60_000 });
    await command(tab, 'Assize decisions: Focus');
    await command(tab, 'Assize: Decide again');
    await pause(10_000);
    await tab.screenshot({ path: into });
  } finally {
    await tab.close();
    server.kill();
    await pause(1_000);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
