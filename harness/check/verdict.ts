/** Verdicts: what many findings come to, and the one place where green is spelled. */

export const VERDICTS = [
  'pass',
  'fail',
  'warn',
  'info',
  'vacuous',
  'not-applicable',
  'inconclusive',
  'crash',
  'hang',
  'waived',
  'harness-error',
  'not-selected',
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Whether a verdict lets a gate pass. Exhaustive on purpose. */
export const isGreen = (verdict: Verdict): boolean => {
  switch (verdict) {
    case 'pass':
    case 'not-applicable':
    case 'info':
    case 'waived':
    case 'warn':
      return true;
    case 'fail':
    case 'crash':
    case 'hang':
    case 'vacuous':
    case 'inconclusive':
    case 'harness-error':
    case 'not-selected':
      return false;
  }
};

export const OUTCOMES = [
  'CONFORMANT',
  'CONFORMANT-WITH-WAIVERS',
  'NON-CONFORMANT',
  'INCOMPLETE',
  'PARTIAL',
  'INVALID',
] as const;

export type Outcome = (typeof OUTCOMES)[number];
