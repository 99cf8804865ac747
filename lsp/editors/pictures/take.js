// Takes the pictures of docs/editor.md: `npm run pictures`, or `npm run pictures -- hover` for one. Needs `assize`
// built with the feature `lsp` (`ASSIZE` says where, else target/debug), `chromium`, for Neovim's `nvim` and `tmux`,
// and `pngquant`, which makes them small.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import * as esbuild from 'esbuild';
import puppeteer from 'puppeteer-core';

import { neovim } from './neovim.js';
import { SCENES } from './scenes.js';
import { start } from './server.js';
import { vscode } from './vscode.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const REPOSITORY = path.join(HERE, '../../..');
const ASSIZE = process.env.ASSIZE ?? path.join(REPOSITORY, 'target/debug/assize');
const PICTURES = path.join(REPOSITORY, 'docs/pictures');
const GRAMMAR = path.join(HERE, '../vscode/syntaxes/assize.tmLanguage.json');
/** What a page of documentation bears. */
const MOST_BYTES = 150_000;

async function bundle(into) {
  await esbuild.build({
    entryPoints: [path.join(HERE, 'page.js')],
    bundle: true,
    outfile: path.join(into, 'page.js'),
    loader: { '.ttf': 'dataurl' },
    logLevel: 'warning',
  });
  fs.copyFileSync(path.join(HERE, 'page.html'), path.join(into, 'page.html'));
}

async function take(browser, page, scene, into) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assize-picture-'));
  const project = path.join(folder, path.basename(scene.project));
  fs.cpSync(path.join(REPOSITORY, scene.project), project, { recursive: true });
  for (const [name, text] of Object.entries(scene.files ?? {})) {
    fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    fs.writeFileSync(path.join(project, name), text);
  }
  scene.prepare?.({ project, run: (args) => execFileSync(ASSIZE, args, { cwd: project, stdio: 'ignore' }) });
  const tab = await browser.newPage();
  await tab.setViewport({ width: scene.width ?? 920, height: scene.height, deviceScaleFactor: 1.5 });
  tab.on('pageerror', (error) => console.error(error));
  const server = start([ASSIZE, 'lsp'], project, (text) => tab.evaluate((said) => window.fromServer(said), text).catch(() => {}));
  try {
    await tab.exposeFunction('toServer', (text) => server.say(text));
    await tab.goto(page);
    const file = path.join(project, scene.file);
    await tab.evaluate((given) => window.start(given), {
      uri: pathToFileURL(file).href,
      root: pathToFileURL(project).href,
      text: fs.readFileSync(file, 'utf8'),
      options: scene.options,
      grammar: fs.readFileSync(GRAMMAR, 'utf8'),
      onig: fs.readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')).toString('base64'),
    });
    await scene.show(tab).catch(async (error) => {
      await tab.screenshot({ path: path.join(os.tmpdir(), 'assize-picture-failed.png') });
      throw error;
    });
    // What fades in has done so.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await tab.screenshot({ path: into });
  } finally {
    server.stop();
    await tab.close();
    fs.rmSync(folder, { recursive: true });
  }
}

function shrink(file) {
  execFileSync('pngquant', ['--force', '--strip', '--speed', '1', '--output', file, '64', file]);
  const { size } = fs.statSync(file);
  if (size > MOST_BYTES) {
    throw new Error(`${file} has ${size} bytes; ${MOST_BYTES} are the most`);
  }
  console.log(`${path.relative(REPOSITORY, file)} ${size} bytes`);
}

const made = fs.mkdtempSync(path.join(os.tmpdir(), 'assize-page-'));
fs.mkdirSync(PICTURES, { recursive: true });
const wanted = process.argv.slice(2);
const asked = (name) => wanted.length === 0 || wanted.includes(name);
await bundle(made);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--force-color-profile=srgb', '--font-render-hinting=none'],
});
try {
  for (const [name, scene] of Object.entries(SCENES).filter(([name]) => asked(name))) {
    const file = path.join(PICTURES, `${name}.png`);
    await take(browser, pathToFileURL(path.join(made, 'page.html')).href, scene, file);
    shrink(file);
  }
  if (asked('neovim')) {
    const file = path.join(PICTURES, 'neovim.png');
    await neovim({ browser, assize: ASSIZE, repository: REPOSITORY, into: file });
    shrink(file);
  }
  if (asked('vscode') && process.env.CODE_SERVER) {
    const file = path.join(PICTURES, 'vscode.png');
    const codeServer = process.env.CODE_SERVER;
    await vscode({ browser, codeServer, assize: ASSIZE, repository: REPOSITORY, scene: SCENES.lenses, into: file });
    shrink(file);
  }
} finally {
  await browser.close();
  fs.rmSync(made, { recursive: true });
}
