/** Composition root: the real doors, the arguments of the process, its exit code. Nothing imports it but the bin. */
import type { Doors } from './command/doors.ts';
import { main } from './command/program.ts';

// Modules load when a command needs them, so that `mapcert list` does not wait for the engine.
const doors: Doors = {
  certify: async (options) => {
    const hosts = new (await import('./host/host-pool.ts')).HostPool();
    // The host starts while the engine loads.
    if (!options.inProcess && !options.asan) hosts.prepare();
    try {
      return await (await import('./run/certify.ts')).certify(options, hosts);
    } finally {
      await hosts.close();
    }
  },
  certifyRuntime: async (options) =>
    (await import('./run/certify-runtime.ts')).certifyRuntime(options),
  replay: async (options) => (await import('./run/replay.ts')).replay(options),
  shrink: async (options) => (await import('./run/replay.ts')).shrink(options),
  probe: async (options) => (await import('./run/probe-command.ts')).probe(options),
  selftest: async (options) => (await import('./run/selftest.ts')).selftest(options),
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
