/**
 * The coverage of the contract in words: what was counted, in groups, and what was never exercised,
 * with its reason.
 */
import { COVERED, type CoveredName } from '../harness/trace/covered.ts';
import type { RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';

/** The heading over it, in every report. */
export const COVERED_TITLE = 'Covered of the contract';

/** One line: a label of at most nine letters, and its counts. */
export type CoveredView = { label: string; says: string };

type Group = { label: string; says: string; names: readonly (readonly [CoveredName, string])[] };

const groups: readonly Group[] = [
  {
    label: 'runs',
    says: '',
    names: [
      ['ordinaryRuns', 'as the shipped or documented runtime does it'],
      ['robustnessRuns', 'robustness'],
    ],
  },
  {
    label: 'succeeded',
    says: 'callbacks: ',
    names: [
      ['attach', 'attach'],
      ['create', 'map create'],
      ['associate', 'associate'],
      ['update', 'update'],
      ['find', 'find'],
      ['delete', 'delete'],
      ['mapDelete', 'map delete'],
      ['detach', 'detach'],
      ['cleanup', 'cleanup'],
    ],
  },
  {
    label: 'refused',
    says: 'by the provider: ',
    names: [
      ['attachRefused', 'attach'],
      ['createRefused', 'map create'],
      ['associateRefused', 'associate'],
      ['updateRefused', 'update'],
      ['findRefused', 'find'],
      ['deleteRefused', 'delete'],
    ],
  },
  {
    label: 'callers',
    says: 'of element callbacks: ',
    names: [
      ['userCallers', 'user'],
      ['programCallers', 'program'],
      ['atDispatch', 'at DISPATCH_LEVEL'],
    ],
  },
  {
    label: 'entries',
    says: '',
    names: [
      ['inserted', 'inserted'],
      ['replaced', 'replaced'],
      ['removed', 'removed'],
    ],
  },
  {
    label: 'occasions',
    says: '',
    names: [
      ['helpers', 'helper calls'],
      ['restarts', 'restarts'],
      ['detachFirst', 'detach before the end of the map'],
      ['registrationsRefused', 'registrations refused'],
      ['allocationsFailed', 'allocations failed'],
      ['cleanedByNobody', 'clean-up without a process'],
      ['directCalls', 'direct calls'],
    ],
  },
];

/** Why something cannot come up with this subject; null where nothing says so. */
const reasonOf = (name: CoveredName, { profile, subject }: RunRecord): string | null => {
  const lacks = (member: string): boolean => profile[member] === false;
  const isProvider = subject.kind !== 'runtime' && Object.keys(profile).length > 0;
  switch (name) {
    case 'helpers': {
      const { helpers } = profile;
      const isDeclared = Array.isArray(helpers) && helpers.length > 0;
      return isProvider && !isDeclared ? 'none declared' : null;
    }
    case 'find':
    case 'findRefused':
      return lacks('hasFind') ? 'no such callback' : null;
    case 'update':
    case 'updateRefused':
      return lacks('hasUpdate') ? 'no such callback' : null;
    case 'delete':
      return profile['deleteStyle'] === 'none' ? 'no such callback' : null;
    case 'deleteRefused':
      return profile['deleteStyle'] === 'postprocess' ? 'it cannot be refused' : null;
    case 'programCallers':
      return profile['updatesOriginalValue'] === true ? 'updates_original_value is true' : null;
    case 'restarts':
      return lacks('restartable') ? 'starts once in each load' : null;
    default:
      return null;
  }
};

const shownNumber = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * Groups with something in them, then all that is zero. Empty for a report that counted nothing.
 */
export const coveredOf = (record: RunRecord): CoveredView[] => {
  const { covered } = record;
  if (covered === undefined || COVERED.every((name) => !covered[name])) return [];
  const views: CoveredView[] = [];
  const never: string[] = [];
  for (const { label, says, names } of groups) {
    const said = names.filter(([name]) => covered[name] > 0);
    const counts = said.map(([name, words]) => `${words} ${shownNumber(covered[name])}`);
    if (counts.length > 0) views.push({ label, says: says + counts.join(', ') });
    for (const [name, words] of names) {
      if (covered[name] > 0) continue;
      const reason = reasonOf(name, record);
      const what = label === 'refused' || label === 'callers' ? `${words} (${label})` : words;
      const shown = what.replace('(refused)', 'refused').replace('(callers)', 'callers');
      never.push(reason === null ? shown : `${shown} (${printable(reason, 80)})`);
    }
  }
  if (never.length > 0) views.push({ label: 'never', says: `not exercised: ${never.join(', ')}` });
  return views;
};
