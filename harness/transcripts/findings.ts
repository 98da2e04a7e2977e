/**
 * What is worth telling upstream of eBPFCore, one finding each: differences that recordings show,
 * contradictions that no rule covers, and mistakes that were read in its code. Data, of a file.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export type Finding = {
  title: string;
  /** Contradictions, and rules of the catalogue that recordings show broken by it. */
  about: readonly string[];
  rules: readonly string[];
  /** `seen`: in recordings; `read`: in the code at the commit of the contract. */
  basis: 'seen' | 'read';
  /** The shortest way to it. */
  plan: string;
  /** What is promised, and what happens. */
  says: string;
  does: string;
  hurts: string;
  fix: string;
  issues: readonly number[];
};

const sentences = ['title', 'basis', 'plan', 'says', 'does', 'hurts', 'fix'] as const;
const lists = ['about', 'rules', 'issues'] as const;

/** The findings of a file of ours. Throws RangeError where a member is missing. */
export const readFindings = (file: string): Finding[] => {
  const { findings } = parse(readFileSync(file, 'utf8')) as { findings: Finding[] };
  for (const one of findings) {
    const lacking = [
      ...sentences.filter((name) => typeof one[name] !== 'string'),
      ...lists.filter((name) => !Array.isArray(one[name])),
    ];
    if (lacking.length > 0) {
      throw new RangeError(`the finding "${one.title}" in ${file} lacks ${lacking.join(', ')}`);
    }
  }
  return findings;
};
