// The `assize` program: how it is called, and what its exit codes mean.

'use strict';

const { execFile } = require('node:child_process');

/** 0: nothing at or above what fails. 1: something is. 3: something cannot be told. 2 is a mistake. */
const ANSWERED = [0, 1, 3];

/** What the server is started with. */
function server(command) {
  const [program, ...before] = command;
  return { command: program, args: [...before, 'lsp'] };
}

/**
 * Runs the program in a folder, and gives what it printed. An error says what it said itself.
 */
function run(command, args, folder) {
  const [program, ...before] = command;
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 256 * 1024 * 1024, windowsHide: true };
    execFile(program, [...before, ...args], options, (error, stdout, stderr) => {
      if (!error || ANSWERED.includes(error.code)) {
        resolve(stdout);
      } else if (error.code === 'ENOENT') {
        reject(new Error(`\`${program}\` is not on the path; \`assize.command\` says what to run instead`));
      } else {
        reject(new Error(stderr.trim() || error.message));
      }
    });
  });
}

/** The decisions on the project's facts. */
async function decisions(command, extra, folder) {
  return JSON.parse(await run(command, ['eval', '--format', 'json', ...extra], folder));
}

/** Why one decision is as it is, in the words of a terminal. */
function explanation(command, id, extra, folder) {
  return run(command, ['explain', id, ...extra], folder);
}

module.exports = { server, run, decisions, explanation };
