/**
 * Composition root: what the commands reach out to, the arguments of the process, its exit code.
 * Nothing imports it but the bin.
 */
import type { Context } from './command/context.ts';
import { endOf } from './command/error-report.ts';
import { main } from './command/program.ts';
import { standardOutput } from './command/standard-output.ts';
import { printable } from './trace/printable.ts';

// Before anything of a subject can run in this process.
const stdout = standardOutput(process.stdout);

// Modules load when a command needs them, so that `mapcert list` does not wait for the engine.
const context: Context = {
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
  certifyRuntime: async (options) => (await import('./run/certify.ts')).certifyRuntime(options),
  certifyHeader: async (options) => (await import('./run/certify.ts')).certifyHeader(options),
  replay: async (options) => (await import('./run/replay.ts')).replay(options),
  shrink: async (options) => (await import('./run/replay.ts')).shrink(options),
  probe: async (options) => (await import('./run/probe-command.ts')).probe(options),
  selftest: async (options) => (await import('./selftest/selftest.ts')).selftest(options),
  mutate: async (options) => (await import('./mutate/mutate.ts')).mutate(options),
  chapters: async () => (await import('../suites/catalogue.ts')).CHAPTERS,
  stdout,
  stderr: process.stderr,
  workFolder: process.cwd(),
  env: process.env,
};

// Nobody is left to be told.
process.stderr.on('error', () => {});

/** Ends with a harness error and one sentence. */
const fail = (sentence: string): void => {
  process.stderr.write(`mapcert: ${printable(sentence)}\n`);
  process.exitCode = 7;
};

const isInProcess = process.argv.includes('--in-process');
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (reason: unknown) => {
    // What a subject of this process leaves behind in the event loop is no call of the contract.
    if (isInProcess) return;
    fail(endOf(reason).sentence);
    process.exit();
  });
}

const exitCode = await main(process.argv.slice(2), context);
process.exitCode = exitCode;
const trouble = await stdout.settled();
if (trouble !== null) {
  fail(
    `the standard output did not take all that was written (${trouble}); name a file, as in --report json=FILE`,
  );
}
