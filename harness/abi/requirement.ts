/**
 * What a row of the rule list looks like. The rows are catalogue.ts; how a rule is judged is
 * check/.
 */

/**
 * A frozen id such as `CRUD-DEL-006`; isRequirementId of catalogue.ts tells whether a row has it.
 */
export type RequirementId = string;

/** The keyword of the sentence. UNDEFINED: the contract leaves every outcome open. */
export const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'UNDEFINED'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * Whom a rule binds: the extension under test, the runtime (eBPFCore), or the enum of map types.
 */
export const SUBJECTS = ['provider', 'runtime', 'registry'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** The contract's two texts; a rule belongs to one or both. */
export const REVISIONS = ['merged', 'draft'] as const;
export type Revision = (typeof REVISIONS)[number];

/** What a broken rule amounts to; see kindOf. */
export type LevelKind = 'fail' | 'advisory' | 'must-not-flag' | 'informational';

/** One rule, as the catalogue has it. */
export type CatalogueRow = {
  readonly id: RequirementId;
  readonly area: string;
  readonly subject: Subject;
  readonly level: Level;
  readonly statement: string;
  /** Where the sentence stands, several separated by `; `. */
  readonly source: string;
  /** How an observer at the boundary can tell. */
  readonly observable: string;
  /** When the rule applies, in words. */
  readonly condition: string;
  /** Which text carries the rule, in words. */
  readonly revision: string;
  readonly revisions: readonly Revision[];
  /** `yes`, or `partial: …` or `no: …` with the reason: whether the boundary alone can decide. */
  readonly black_box: string;
  readonly verdict: LevelKind;
  readonly tier: 'core' | 'extended';
  readonly suite: string;
  /** Present where the text is silent but shipped code crashes or corrupts. */
  readonly basis?: string;
};

/** Severity follows the keyword, never the author's mood. */
export const kindOf = (level: Level): LevelKind => {
  switch (level) {
    case 'MUST':
    case 'MUST NOT':
      return 'fail';
    case 'SHOULD':
    case 'SHOULD NOT':
      return 'advisory';
    case 'MAY':
      return 'must-not-flag';
    case 'UNDEFINED':
      return 'informational';
  }
};

/** Whether breaking the rule makes its subject non-conformant. */
export const isMust = (row: { readonly level: Level }): boolean => kindOf(row.level) === 'fail';
