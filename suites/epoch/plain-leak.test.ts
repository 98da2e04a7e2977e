/** A leak that is there with zeroed memory as well says nothing about garbage. */
import { expect, test } from 'vitest';
import ignoresReplaces from '../../fixtures/faults/m-069-ignores-update.ts';
import { chapter as epoch } from './index.ts';
import { examineModule } from '../../harness/run/in-process.fixture.ts';

test('EPOCH-007 is silent where the same operations leak without garbage', async () => {
  const { row, verdict } = await examineModule(ignoresReplaces, {
    chapters: [epoch],
    dialects: ['as-documented'],
    generated: 0,
  });
  expect(verdict('EPOCH-009')).toBe('fail');
  expect(row('EPOCH-007').message).toBe(null);
});
