#!/usr/bin/env node
/**
 * The bin, from source and in the package. It loads main.ts (main.js there) and says in one
 * sentence why that cannot be done: plain syntax and no import of its own, so that an old Node.js
 * reads it too.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const oldest = [20, 19];
const harnessError = 7;

/**
 * Ends with the code of a harness error: whatever went wrong here, it says nothing about a subject.
 */
const fail = (sentence) => {
  process.stderr.write('mapcert: ' + sentence + '\n');
  process.exitCode = harnessError;
};

const sentenceOf = (reason) => {
  const text = String((reason && reason.message) || reason).split('\n')[0];
  const code = reason && reason.code;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const found = /'([^']+)'/.exec(text);
    return 'the package ' + (found ? found[1] : '') + ' is missing; run npm install';
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return 'too many files are open (' + code + '); raise the limit, as with ulimit -n 1024';
  }
  return 'it could not be loaded: ' + text;
};

const load = async () => {
  const isSource = existsSync(new URL('./main.ts', import.meta.url));
  if (isSource) (await import('tsx/esm/api')).register();
  await import(new URL(isSource ? './main.ts' : './main.js', import.meta.url).href);
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  fail(
    'Node.js ' + process.versions.node + ' is too old; install ' + oldest.join('.') + ' or later',
  );
} else {
  load().catch((reason) => fail(sentenceOf(reason)));
}
