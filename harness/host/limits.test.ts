/**
 * Limits count what a subject uses up, never the time of day; what exceeds one is asked again with
 * more.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { Patience, limitWords } from '../adapters/process-load.ts';
import { HostProcess } from './host-process.ts';
import { callLimits, loadLimits, loadLimitWords } from './limits.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'limits-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plenty = 1e9;
const waits = callLimits(null).again;

const loading = async (
  text: string,
  limit: Parameters<HostProcess['load']>[1],
): Promise<string> => {
  const file = path.join(folder, `${limit.cpuMs}-${limit.sleptMs}.mjs`);
  writeFileSync(file, text);
  const host = new HostProcess();
  const source = { path: file, config: null, nmr: null };
  const answer = await host.load(
    {
      what: 'load',
      source,
      overlay: null,
      waits,
      reporter: null,
    },
    limit,
  );
  await host.close();
  return 'mark' in answer ? answer.how : answer.what;
};

describe('what --timeout asks for', () => {
  it('reaches calls and waits, and loading where it is more than usual', () => {
    expect(callLimits(30_000).first).toEqual({ cpuMs: 30_000, sleptMs: 30_000 });
    expect(callLimits(30_000).again).toEqual({ cpuMs: 60_000, sleptMs: 120_000 });
    expect(loadLimits(30_000).first.sleptMs).toBe(30_000);
    expect(loadLimits(10)).toEqual(loadLimits(null));
  });

  it('is named where it ran out', () => {
    expect(loadLimitWords(loadLimits(null))).toBe(
      'did not return within 15 s (the limit on loading and starting; --timeout raises it)',
    );
    expect(limitWords({ cpuMs: 1, sleptMs: 250 })).toBe('250 ms');
  });
});

describe.runIf(process.platform === 'linux')('loading', () => {
  it('that sleeps uses up sleep', async () => {
    expect(
      await loading('await new Promise(() => setInterval(() => {}, 1e6));', {
        cpuMs: plenty,
        sleptMs: 500,
      }),
    ).toBe('hang');
  });

  it('that computes uses up processor time', async () => {
    expect(await loading('for (;;);', { cpuMs: 2_000, sleptMs: plenty })).toBe('hang');
  });
});

describe.runIf(process.platform === 'linux')('a process that is kept from computing', () => {
  it('uses nothing up but what it gets', async () => {
    const loops = Array.from({ length: 1 + 2 * os.availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      const patience = new Patience(loops[0]!.pid!);
      let looks = 0;
      while (!patience.isOver({ cpuMs: 100, sleptMs: plenty })) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        patience.look(10);
        looks += 1;
      }
      expect(looks).toBeGreaterThan(0);
      // Few of its looks found it asleep, however long that took.
      expect(patience.isOver({ cpuMs: plenty, sleptMs: 10 * looks })).toBe(false);
    } finally {
      for (const one of loops) one.kill('SIGKILL');
    }
  });
});
