/** Names of what is counted of the contract's coverage (run/coverage.ts counts it). */

/** What is counted, in the order of a life. Members may be appended; none changes its meaning. */
export const COVERED = [
  'ordinaryRuns',
  'robustnessRuns',
  'attach',
  'attachRefused',
  'create',
  'createRefused',
  'associate',
  'associateRefused',
  'update',
  'updateRefused',
  'find',
  'findRefused',
  'delete',
  'deleteRefused',
  'mapDelete',
  'detach',
  'cleanup',
  'helpers',
  'userCallers',
  'programCallers',
  'atDispatch',
  'directCalls',
  'inserted',
  'replaced',
  'removed',
  'restarts',
  'detachFirst',
  'registrationsRefused',
  'allocationsFailed',
  'cleanedByNobody',
] as const;
export type CoveredName = (typeof COVERED)[number];
export type Covered = Record<CoveredName, number>;
