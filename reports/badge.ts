/** The badge of a README: JSON for the endpoint of shields.io. */
import type { RunRecord } from '../harness/conclude/record.ts';
import { stableJson } from './json.ts';

const colourOf = ({ outcome, exitCode }: RunRecord): string => {
  if (outcome === 'INVALID' || exitCode >= 4) return 'lightgrey';
  if (exitCode === 1) return 'red';
  if (exitCode !== 0) return 'orange';
  switch (outcome) {
    case 'CONFORMANT':
      return 'brightgreen';
    case 'CONFORMANT-WITH-WAIVERS':
      return 'yellowgreen';
    case 'PARTIAL':
      return 'blue';
    case 'NON-CONFORMANT':
    case 'INCOMPLETE':
      return 'red';
  }
};

const wordsOf = ({ outcome, exitCode }: RunRecord): string => {
  const words = outcome.toLowerCase().replaceAll('-', ' ').replace('non con', 'non-con');
  // PARTIAL says nothing of what the part came to.
  return outcome === 'PARTIAL' && exitCode !== 0 ? `${words}, not green` : words;
};

/** The badge, ending in a line feed. */
export const renderBadge = (record: RunRecord): string =>
  stableJson({
    schemaVersion: 1,
    label: 'custom-map conformance',
    message: wordsOf(record),
    color: colourOf(record),
    ...(colourOf(record) === 'lightgrey' ? { isError: true } : {}),
  });
