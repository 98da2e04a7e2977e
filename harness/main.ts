/** Composition root: the real doors, the arguments of the process, its exit code. Nothing imports it but the bin. */
import { existsSync } from 'node:fs';
import type { Doors } from './command/doors.ts';
import { main } from './command/program.ts';
import { HarnessFault } from './fault.ts';

// Modules load when a command needs them, so that `mapcert list` does not wait for the engine. The
// name is computed because an engine may be built without some of them; the package has .js files.
const engine = async <K extends keyof Doors>(module: string, name: K): Promise<Doors[K]> => {
  const file = new URL(`./run/${module}${import.meta.url.slice(-3)}`, import.meta.url);
  if (!existsSync(file))
    throw new HarnessFault(`this build has no ${name}: run/${module} is not there`);
  const exports = (await import(file.href)) as Record<K, Doors[K]>;
  return exports[name];
};

const doors: Doors = {
  certify: async (options) => (await engine('certify', 'certify'))(options),
  certifyRuntime: async (options) => (await engine('certify-runtime', 'certifyRuntime'))(options),
  replay: async (options) => (await engine('replay', 'replay'))(options),
  shrink: async (options) => (await engine('shrink', 'shrink'))(options),
  probe: async (options) => (await engine('probe-command', 'probe'))(options),
  selftest: async (options) => (await engine('selftest', 'selftest'))(options),
  chapters: async () => (await import('../suites/catalogue.ts')).CHAPTERS,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
};

// A reader that closes its end early (`mapcert list | head`) is no error, and changes no verdict.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const exitCode = await main(process.argv.slice(2), doors);
// The registry command sets its own code.
if (exitCode !== 0 || process.exitCode === undefined) process.exitCode = exitCode;
