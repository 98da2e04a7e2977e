/**
 * The readings of a run: a dialect is a named set of switches (switches.ts), a run's dialect with
 * single switches on top. Which of them a run asked for is kept: a run that did not ask for a
 * switch is the same without it.
 */
import type { Conditions, DialectName } from '../trace/plan.ts';
import { SWITCHES, SWITCH_NAMES, switchRow, type SwitchName } from './switches.ts';

export type Dialect = Readonly<Record<SwitchName, boolean>>;

/** The switches of a named dialect. */
export const switchesOf = (dialect: DialectName): Dialect =>
  Object.fromEntries(
    SWITCH_NAMES.map((name) => [name, switchRow(name).onIn.includes(dialect)]),
  ) as Dialect;

/** The switches of a run: its dialect with single switches on top. Throws on an unknown switch. */
export const dialectOf = (conditions: Conditions): Dialect => {
  const base = switchesOf(conditions.dialect ?? 'as-documented');
  for (const name of Object.keys(conditions.switches ?? {})) {
    if (!(name in SWITCHES)) throw new RangeError(`no dialect switch is named ${name}`);
  }
  return { ...base, ...conditions.switches } as Dialect;
};

/** The same switches, with the name of each that is read put into `asked`. */
export const watched = (dialect: Dialect, asked: Set<string>): Dialect =>
  new Proxy(dialect, {
    get: (switches, name) => {
      asked.add(String(name));
      return switches[name as SwitchName];
    },
  });
