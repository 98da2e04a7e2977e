/** Waivers: violations a vendor accepts for a time. A waiver that no longer fits is trouble, not silence. */
import { isRequirementId } from '../abi/catalogue.ts';
import { UsageError } from '../fault.ts';
import { readText } from '../trace/text-file.ts';
import type { Waiver } from '../provider/profile.ts';
import type { RequirementRecord } from './record.ts';

const wordsOf = (text: string): string => JSON.stringify(text.slice(0, 60));

/** Checks a list of waivers; `where` names it in complaints. */
export const checkWaivers = (given: unknown, where: string): Waiver[] => {
  if (!Array.isArray(given))
    throw new UsageError(`${where}: a list of { id, reason, expires? } is expected`);
  return given.map((one: unknown, index) => {
    const { id, reason, expires } = (one ?? {}) as Record<string, unknown>;
    const at = `${where}, waiver ${index + 1}`;
    if (typeof id !== 'string' || !isRequirementId(id)) {
      throw new UsageError(
        `${at}: ${wordsOf(String(id))} is no rule; see mapcert list requirements`,
      );
    }
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new UsageError(`${at}: a waiver of ${id} needs a reason`);
    }
    if (
      expires !== undefined &&
      (typeof expires !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(expires))
    ) {
      throw new UsageError(`${at}: expires is a day as 2027-01-31`);
    }
    return { id, reason, ...(typeof expires === 'string' ? { expires } : {}) };
  });
};

/** Reads a waiver file (JSON). */
export const readWaivers = (file: string): Waiver[] => {
  let text: string;
  try {
    text = readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new UsageError(`the waiver file ${file} cannot be read`);
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new UsageError(`the waiver file ${file} is not JSON`);
  }
  return checkWaivers(given, `the waiver file ${file}`);
};

/**
 * Applies waivers to rows: what they cover becomes `waived`; one that covers nothing is stale, one
 * past its day expired. `today` is a day as 2027-01-31.
 */
export const applyWaivers = (
  rows: RequirementRecord[],
  waivers: readonly Waiver[],
  today: string,
): void => {
  for (const waiver of waivers) {
    const row = rows.find((one) => one.id === waiver.id);
    if (!row || row.verdict === 'not-selected') continue;
    const noted = { reason: waiver.reason, expires: waiver.expires ?? null };
    const violated = ['fail', 'crash', 'hang', 'warn'].includes(row.verdict);
    const expired = waiver.expires !== undefined && waiver.expires < today;
    if (!violated) row.waiver = { ...noted, trouble: 'stale' };
    else if (expired) row.waiver = { ...noted, trouble: 'expired' };
    else {
      row.waiver = noted;
      row.verdict = 'waived';
    }
  }
};
