/**
 * `npm run bundle:windows -- --single-file`: the folder for Windows as one `mapcert.exe`, which
 * lays it out at its first start (single-file/start.c has the format).
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { findCompiler, NativeBuildError } from '../native/compiler.ts';
import { project } from './bundle.ts';
import { mingw, workFolder } from './prerequisites.ts';

export const singleFile = path.join(workFolder, 'mapcert.exe');

const source = path.join(project, 'harness/windows/single-file/start.c');
const magic = 'MAPCERT1';
/** Hexadecimal digits of the digest that names the folder on the user's machine. */
const digestLength = 16;

const compile = (into: string): void => {
  const [program, ...options] = findCompiler(mingw).command;
  const given = [...options, '-O2', '-Wall', '-Werror', source, '-o', into];
  const { status, stderr } = spawnSync(program, given, { encoding: 'utf8' });
  if (status !== 0)
    throw new NativeBuildError(7, `start.c does not compile: ${stderr.split('\n')[0]}`);
};

/** Names below a folder, with slashes, in the order that the archive has them. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort();

/** Makes the file of this folder. Throws NativeBuildError without mingw-w64. */
export const makeSingleFile = (folder: string, into = singleFile): string => {
  compile(into);
  const begin = readFileSync(into).length;
  const digest = createHash('sha256');
  const file = openSync(into, 'a');
  try {
    const append = (bytes: Uint8Array): void => {
      digest.update(bytes);
      writeSync(file, bytes);
    };
    for (const name of filesIn(folder)) {
      const contents = readFileSync(path.join(folder, name));
      const head = Buffer.alloc(12);
      head.writeUInt32LE(Buffer.byteLength(name), 0);
      head.writeBigUInt64LE(BigInt(contents.length), 4);
      append(head);
      append(Buffer.from(name));
      append(contents);
    }
    const trailer = Buffer.alloc(8);
    trailer.writeBigUInt64LE(BigInt(begin));
    const named = digest.digest('hex').slice(0, digestLength);
    writeSync(file, Buffer.concat([trailer, Buffer.from(named + magic)]));
  } finally {
    closeSync(file);
  }
  return into;
};
