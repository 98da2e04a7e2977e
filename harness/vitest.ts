/**
 * The suite mounted in vitest: a test a rule, so that `-t LIFE-002`, reporters and watch mode work
 * as for any test. The only file that ships and imports vitest, which whoever uses it has.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { render } from '../reports/reporter.ts';
import { toldAs, toldLine, violationText } from '../reports/told.ts';
import { violationsOf } from '../reports/violation-view.ts';
import { CATALOGUE } from './abi/catalogue.ts';
import { certify, type CertifyInput, type RunRecord } from './certify.ts';
import { CHAPTERS } from './run/chapters.ts';

export type { CertifyInput, RunRecord } from './certify.ts';

const looks = new Map(
  CHAPTERS.flatMap(({ requirements }) => requirements.map(({ id, look }) => [id, look])),
);
const guide = (id: string): { look: string } | null => {
  const look = looks.get(id);
  return look === undefined ? null : { look };
};

/** How long a certification may take: what hangs is found by the limits of callbacks. */
const timeoutMs = 3_600_000;

/**
 * Declares a suite with a test for each rule that binds the subject, and one for the outcome.
 *
 * @example
 *   import { describeConformance } from 'custom-map-conformance/vitest';
 *   describeConformance('my map', { subject: new URL('./provider.ts', import.meta.url) });
 */
export const describeConformance = (name: string, input: CertifyInput = {}): void => {
  const binds = input.kind ?? 'provider';
  const rules = CATALOGUE.filter(
    ({ subject, id }) => subject === binds && (input.only?.includes(id) ?? true),
  );
  describe(name, () => {
    let record: RunRecord;
    beforeAll(async () => {
      record = await certify(input);
    }, timeoutMs);
    for (const { id, statement } of rules) {
      it(`${id} ${statement}`, ({ skip }) => {
        const row = record.requirements.find((one) => one.id === id)!;
        const told = toldAs(row);
        if (told === 'skipped') skip(toldLine(row));
        if (told === 'passed' || told === 'skipped') return;
        const view = violationsOf(record, guide, 100).find((one) => one.id === id);
        const text = view === undefined ? toldLine(row) : violationText(view);
        expect.fail(`${row.verdict}\n${text}`);
      });
    }
    it('outcome', async () => {
      const summary = await render('summary', record, { guide, colour: false });
      expect(record.exitCode, summary).toBe(0);
    });
  });
};
