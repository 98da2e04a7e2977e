/**
 * Applies waivers to rows. A waiver excuses one cause: what breaks the rule besides keeps the row
 * as it is. One that does not fit is trouble, not silence.
 */
import type { Waiver, WaiverCondition } from '../provider/profile.ts';
import { withoutCircumstances, type Cause } from './cause.ts';
import type { CauseRecord, RequirementRecord } from './record.ts';

/**
 * Whether the cause breaks the rule under that reading too, in a plan in which it did as
 * documented.
 */
export type IsBrokenUnder = (
  id: string,
  reading: NonNullable<Waiver['reading']>,
  key: string,
) => boolean;

const isLoss = ({ kind }: Cause): boolean => kind === 'crash' || kind === 'hang';

/** Whether the waiver means this cause. Nothing but a cause that says so means a loss. */
const isMeant = ({ cause, reading, kind }: Waiver, shown: Cause, others: number): boolean => {
  if (isLoss(shown) && kind !== undefined) return false;
  if (typeof cause === 'string') return cause === shown.key;
  if (isLoss(shown) && cause?.kind !== shown.kind) return false;
  if (cause === undefined) return reading !== undefined || others === 0;
  const { callback, expected } = cause;
  return (
    (cause.kind === undefined || cause.kind === shown.kind) &&
    (callback === undefined || callback === shown.callback) &&
    (expected === undefined ||
      withoutCircumstances(expected) === withoutCircumstances(shown.expected))
  );
};

const place = ({ callback }: Cause): string => (callback === null ? '' : ` in ${callback}`);

const listed = (causes: readonly Cause[]): string =>
  causes
    .map((cause) => `${cause.key} (${cause.kind}${place(cause)}, expected: ${cause.expected})`)
    .join('; ');

/** What is left open, why, and what to write. */
const sentenceOf = (
  left: readonly CauseRecord[],
  brokenUnder: readonly string[],
  own: readonly Waiver[],
  { causes = [], moreCauses = 0 }: RequirementRecord,
): string => {
  const first = left[0];
  if (moreCauses > 0 || !first)
    return 'the rule is broken in more ways than are listed; mend some of them first';
  if (left.every(isLoss) && own.every(({ kind }) => kind !== undefined))
    return `no waiver with a kind excuses a ${first.kind}; mend it: ${listed(left)}`;
  const why =
    brokenUnder.length > 0
      ? `${brokenUnder.join(' and ')} breaks the rule under the reading that its waiver names as well`
      : `${left.length} of ${causes.length} causes ${left.length === 1 ? 'is' : 'are'} not excused`;
  return `${why}: ${listed(left)}. A waiver excuses one cause: add "cause": "${first.key}" to one for it`;
};

type Broken = (waiver: Waiver, cause: Cause) => boolean;

const waiveRow = (
  row: RequirementRecord,
  own: readonly Waiver[],
  today: string,
  isBroken: Broken,
): void => {
  const { causes = [], moreCauses = 0 } = row;
  const isExpired = ({ expires }: Waiver): boolean => expires !== undefined && expires < today;
  const excuses = (waiver: Waiver, cause: CauseRecord): boolean =>
    isMeant(waiver, cause, causes.length - 1) && !isBroken(waiver, cause);
  const inForce = own.filter((waiver) => !isExpired(waiver));
  const left = causes.filter((cause) => !inForce.some((waiver) => excuses(waiver, cause)));
  const noted = {
    reason: own.map(reasonOf).join('; '),
    expires: own.flatMap(({ expires = [] }) => expires).sort()[0] ?? null,
  };
  if (left.length === 0 && moreCauses === 0 && causes.length > 0) {
    const idle = own.filter((waiver) => !causes.some((cause) => excuses(waiver, cause)));
    row.waiver = idle.length > 0 ? { ...noted, trouble: 'stale', says: saysIdle(idle) } : noted;
    row.verdict = 'waived';
    return;
  }
  const late = own.filter(isExpired);
  if (left.length > 0 && left.every((cause) => late.some((waiver) => excuses(waiver, cause)))) {
    row.waiver = { ...noted, trouble: 'expired' };
    return;
  }
  const both = left.filter((cause) =>
    own.some((one) => isMeant(one, cause, causes.length - 1) && isBroken(one, cause)),
  );
  const keys = both.map(({ key }) => key);
  row.waiver = { ...noted, trouble: 'mismatching', says: sentenceOf(left, keys, own, row) };
};

const saysIdle = (idle: readonly Waiver[]): string =>
  `${idle.length === 1 ? 'a waiver excuses' : `${idle.length} waivers excuse`} nothing that was seen ` +
  `("${idle[0]!.reason}"); take it out`;

/** What is told of a waiver: why it is there, who answers for it, and where it is tracked. */
const reasonOf = ({ kind, reason, owner, issue }: Waiver): string => {
  const told = [...(owner === undefined ? [] : [owner]), ...(issue === undefined ? [] : [issue])];
  return `${kind === undefined ? '' : `${kind}: `}${reason}${told.length ? ` (${told.join(', ')})` : ''}`;
};

/** What waivers with a condition ask about a run. */
export type Circumstances = Pick<WaiverCondition, 'revision' | 'subject'>;

const holds = (
  { condition = {} }: Waiver,
  row: RequirementRecord,
  { revision, subject }: Circumstances,
): boolean =>
  (condition.revision === undefined || condition.revision === revision) &&
  (condition.subject === undefined || condition.subject === subject) &&
  // A rule that holds was broken in no setting: whether its waiver is stale does not hang on one.
  (condition.setting === undefined ||
    row.setting === undefined ||
    condition.setting === row.setting);

const violated = ['fail', 'crash', 'hang', 'warn'];

/**
 * Rows of which every cause is excused become `waived`; a waiver that excuses nothing is stale, one
 * past its day expired, one of a rule that shows other causes too mismatching. `today` is a day as
 * 2027-01-31.
 */
export const applyWaivers = (
  rows: RequirementRecord[],
  waivers: readonly Waiver[],
  today: string,
  isBrokenUnder: IsBrokenUnder,
  circumstances: Circumstances = {},
): void => {
  for (const row of rows) {
    const own = waivers.filter(
      (waiver) => waiver.id === row.id && holds(waiver, row, circumstances),
    );
    if (own.length === 0 || row.verdict === 'not-selected') continue;
    if (violated.includes(row.verdict)) {
      waiveRow(row, own, today, ({ reading }, { key }) =>
        reading === undefined ? false : isBrokenUnder(row.id, reading, key),
      );
    } else if (row.waiver === null) {
      const [{ expires = null }] = own as [Waiver];
      row.waiver = { reason: reasonOf(own[0]!), expires, trouble: 'stale' };
    }
  }
};
