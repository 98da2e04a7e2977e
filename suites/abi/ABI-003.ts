/**
 * ABI-003, a SHOULD for the provider.
 * Source: include/ebpf_windows.h:*_TOTAL_SIZE
 */
import type { Requirement } from '../../harness/index.ts';
import { OLD_TABLE_SIZE, TABLE_SIZE, structuresOf } from '../discovery/structure.ts';
import { watchData } from './registered-data.ts';

/** sizeof with padding, by structure and header.size. */
const totals = (name: string, size: number): number[] =>
  name === 'provider data'
    ? [48]
    : name === 'base_properties'
      ? [32]
      : size === OLD_TABLE_SIZE
        ? [72, 80]
        : [TABLE_SIZE];

/** ABI-003. */
const watchTotals = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ name, header }) => header && !totals(name, header.size).includes(header.total_size))
    .map(
      ({ name, header }) =>
        `header.total_size of ${name} is ${header?.total_size ?? 0}, ` +
        `not ${totals(name, header?.size ?? 0).join(' or ')}`,
    );
  if (wrong.length === 0) return;
  say.violated(event, 'header.total_size is sizeof, with padding', wrong.join(', '));
});

export const rule: Requirement = {
  id: 'ABI-003',
  asks: 'header.total_size is sizeof with padding: 48, 32, and 80 (or 72). The runtime does not check it.',
  passing: 'The three sizes were read at registration.',
  look: 'The total_size members of the headers.',
  watch: watchTotals,
  strength: 'static',
};
