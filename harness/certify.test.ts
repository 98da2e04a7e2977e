/** Certifying from a program, as the examples of docs/WAYS-IN.md do it. */
import { describe, expect, it } from 'vitest';
import { certify } from './certify.ts';

const right = new URL('../fixtures/providers/object-hash.ts', import.meta.url);
const wrong = new URL('../fixtures/faults/m-015-leaks-on-refusal.ts', import.meta.url);

describe('certify', () => {
  it('gives the record of a subject, and that of a wrong one too', async () => {
    const record = await certify({ subject: wrong, only: ['REG-017', 'REG-001'], runs: 1 });
    expect(record).toMatchObject({ outcome: 'PARTIAL', exitCode: 1 });
    const verdicts = record.requirements
      .filter(({ verdict }) => verdict !== 'not-selected' && verdict !== 'not-applicable')
      .map(({ id, verdict }) => `${id} ${verdict}`);
    expect(verdicts).toEqual(['REG-001 pass', 'REG-017 fail']);
  });

  it('certifies a runtime: without a subject the reference', async () => {
    const record = await certify({ kind: 'runtime', only: ['CRE-018'], runs: 1 });
    expect(record.subject.kind).toBe('runtime');
    expect(record.exitCode).toBe(0);
  });

  it('throws in one sentence where there is nothing to report', async () => {
    await expect(certify({ subject: right, only: ['REG-999'] })).rejects.toThrow(
      'only: "REG-999" is no rule; see mapcert list requirements',
    );
    await expect(certify({ subject: 'none.so' })).rejects.toMatchObject({ exitCode: 5 });
  });
});
