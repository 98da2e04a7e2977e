/**
 * `npm run bundle:windows`: a folder that runs on Windows without anything installed, see
 * docs/WINDOWS.md.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildCrashReporter } from '../native/build-crash.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import { findCompiler, NativeBuildError } from '../native/compiler.ts';
import { bundleInto, project } from './bundle.ts';
import { makeSingleFile } from './single-file.ts';
import {
  installWindowsModules,
  mingw,
  MissingError,
  windowsModules,
  windowsNode,
  workFolder,
} from './prerequisites.ts';

export const packageFolder = path.join(workFolder, 'mapcert-win-x64');
/** The command line's entry in the package. */
export const packagedEntry = path.join(packageFolder, 'app/harness/main.js');

const singleFileOption = '--single-file';
const launcher = '@"%~dp0node.exe" "%~dp0app\\harness\\main.js" %*\r\n';

/** From the project's modules: they are the same on every system. */
const portableModules = ['web-tree-sitter', '@repomix/tree-sitter-wasms'];
/** From those installed for Windows. */
const windowsOnly = ['koffi', '@koromix/koffi-win32-x64'];
/** What koffi is built from, its manual, grammars of other languages, source maps. */
const isDispensable = (file: string): boolean =>
  /[\\/]koffi[\\/](vendor|doc)([\\/]|$)/.test(file) ||
  (/tree-sitter-(?!c\.wasm|typescript\.wasm|wasms)[^\\/]*\.wasm$/.test(file) &&
    !file.endsWith('web-tree-sitter.wasm')) ||
  file.endsWith('.map');

/** Our own libraries beside the program, by the folder that each lies in. */
const helpers = [
  ['stress', buildStressDriver],
  ['crash', buildCrashReporter],
] as const;

/** Makes the folder anew. Throws MissingError or NativeBuildError. */
export const packageForWindows = async (): Promise<string> => {
  installWindowsModules();
  const app = path.join(packageFolder, 'app');
  await bundleInto(app);
  const copyModule = (from: string, name: string): void =>
    cpSync(path.join(from, name), path.join(app, 'node_modules', name), {
      recursive: true,
      dereference: true,
      filter: (file) => !isDispensable(file),
    });
  for (const name of portableModules) copyModule(path.join(project, 'node_modules'), name);
  for (const name of windowsOnly) copyModule(windowsModules, name);
  for (const [name, build] of helpers) {
    const into = path.join(app, 'harness/native/build', name);
    mkdirSync(into, { recursive: true });
    const built = await build({
      compiler: findCompiler(mingw),
      into: path.join(workFolder, name),
    });
    cpSync(built, path.join(into, path.basename(built)));
  }
  cpSync(windowsNode, path.join(packageFolder, 'node.exe'));
  writeFileSync(path.join(packageFolder, 'mapcert.cmd'), launcher);
  return packageFolder;
};

const main = async (): Promise<number> => {
  const [asked, ...more] = process.argv.slice(2);
  if (more.length > 0 || (asked ?? singleFileOption) !== singleFileOption) {
    console.error(`bundle:windows: it takes ${singleFileOption} or nothing`);
    return 4;
  }
  try {
    const folder = await packageForWindows();
    const made = asked === undefined ? folder : makeSingleFile(folder);
    console.log(path.relative(process.cwd(), made));
    return 0;
  } catch (reason) {
    if (!(reason instanceof MissingError || reason instanceof NativeBuildError)) throw reason;
    console.error(`bundle:windows: ${reason.message}`);
    return reason instanceof NativeBuildError ? reason.exitCode : 4;
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
