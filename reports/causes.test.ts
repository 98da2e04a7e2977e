/** Every report names the causes of a violation, as waivers take them. */
import { expect, it } from 'vitest';
import { recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderSummary } from './summary.ts';

const guide = (): null => null;
const cause = (key: string, callback: string | null) => ({
  ...({ key, kind: 'violated', callback, expected: 'they stay', seen: 2 } as const),
});
const reportsOf = (causes: ReturnType<typeof cause>[], says?: string): string[] => {
  const message = 'expected: they stay; saw: they went';
  const waiver = { reason: 'known', expires: null, trouble: 'mismatching' as const };
  const row = rowOf('REG-001', 'fail', {
    message,
    causes,
    waiver: says === undefined ? null : { ...waiver, says },
  });
  const record = recordOf([row]);
  return [
    renderSummary(record, { colour: false, guide }),
    renderMarkdown(record, { guide }),
    renderHtml(record, { guide }),
  ];
};

it('one by its key, several with what tells them apart', () => {
  for (const text of reportsOf([cause('c-0123456789', null)]))
    expect(text).toContain('c-0123456789');
  const two = [cause('c-0123456789', null), cause('c-abcdef0123', 'preprocess_map_create')];
  for (const text of reportsOf(two)) {
    expect(text).toContain('c-0123456789 violated, 2 times');
    expect(text.replaceAll('\\', '')).toMatch(
      /c-abcdef0123 violated in preprocess_map_create, 2\s+times: they stay/,
    );
  }
});

it('crashes in several callbacks with the line of each', () => {
  const crash = (key: string, callback: string, place: string) => ({
    ...{ ...cause(key, callback), kind: 'crash' as const, place },
  });
  const row = rowOf('EPOCH-008', 'crash', {
    message: 'expected: it returns; saw: it crashed',
    causes: [
      crash('c-0123456789', 'postprocess_map_find_element', 'look (map.c:12)'),
      crash('c-abcdef0123', 'preprocess_map_update_element', 'store (map.c:40)'),
    ],
  });
  const text = renderJunit(recordOf([row]), { guide });
  expect(text).toContain('crash in postprocess_map_find_element at look (map.c:12), 2 times');
  expect(text).toContain('crash in preprocess_map_update_element at store (map.c:40), 2 times');
});

it('a waiver that does not fit says what to write', () => {
  for (const text of reportsOf([cause('c-0123456789', null)], 'add the other cause'))
    expect(text.replaceAll(/\s+/g, ' ')).toContain('mismatching: add the other cause');
});
