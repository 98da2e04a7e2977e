/** Monitors under another reading: only complaints that the reading allows are left out. */
import { expect, it } from 'vitest';
import type { TraceEvent } from '../trace/event.ts';
import type { TraceView, Reporter, Watch } from './monitor.ts';
import { except, underReading } from './reading.ts';

/** Complains of every service, by turns in all three ways. */
const strict: Watch = (say) => ({
  service: (event) => {
    say.exercised();
    if (event.name === 'warn') say.warned(event, 'e', 's');
    else if (event.name === 'before') say.violated({ seq: event.seq - 1 }, 'e', 's');
    else say.violated(event, 'e', 's');
  },
});

const heard = (names: string[], isReading: (at: TraceEvent) => boolean): string[] => {
  const said: string[] = [];
  const say: Reporter = {
    exercised: () => undefined,
    violated: ({ seq }) => void said.push(`violated ${seq}`),
    warned: ({ seq }) => void said.push(`warned ${seq}`),
    lost: ({ seq }) => void said.push(`lost ${seq}`),
  };
  const tables = [except(strict, isReading)(say, {} as TraceView)].flat(3);
  names.forEach((name, seq) => {
    const event = { kind: 'service', seq, actor: 0, call: 1, name, result: null };
    for (const table of tables)
      (table as Record<string, ((one: unknown) => void) | undefined>)['service']?.(event);
  });
  return said;
};

it('leaves out what the reading does, warnings too', () => {
  expect(heard(['odd', 'warn'], () => true)).toEqual([]);
  expect(heard(['odd', 'warn'], () => false)).toEqual(['violated 0', 'warned 1']);
  expect(heard(['odd', 'odd'], ({ seq }) => seq === 0)).toEqual(['violated 1']);
});

it('does not excuse a complaint about another event than the present one', () => {
  expect(heard(['odd', 'before'], () => true)).toEqual(['violated 0']);
});

it('gives a rule the monitor of that reading, where it has one', () => {
  const shipped: Watch = () => ({});
  const rule = { id: 'A', asks: '', passing: '', look: '', watch: strict };
  const own = { ...rule, readings: { 'as-shipped': shipped } };
  const watches = (reading: 'as-shipped' | 'detach-first') =>
    underReading([own, rule], reading).map(({ watch }) => watch);
  expect(watches('as-shipped')).toEqual([shipped, strict]);
  expect(watches('detach-first')).toEqual([strict, strict]);
});
