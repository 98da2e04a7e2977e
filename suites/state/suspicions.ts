/** What is suspected of kinds of acts, the special circumstances of an act among them. */
import type { Suspicion, Tag } from './held-value.ts';

const SPECIAL: readonly Tag[] = [
  'duplicate',
  'rollback-on-existing',
  'flag-set',
  'unknown-flag',
  'filled',
  'by-key',
];

export class Suspicions {
  readonly all: Suspicion[] = [];

  /**
   * A special circumstance explains nothing when the same went wrong without it before: then only
   * the general kind of act is suspected.
   */
  add(one: { tags: Set<Tag>; seq: number; call: number; saw: string }): void {
    for (const special of SPECIAL) {
      if (!one.tags.has(special)) continue;
      const general =
        special === 'unknown-flag'
          ? ['delete' as const]
          : [...one.tags].filter((tag) => !SPECIAL.includes(tag));
      const before = this.all.some(
        (old) => !old.tags.has(special) && general.some((tag) => old.tags.has(tag)),
      );
      if (before) one.tags.delete(special);
    }
    this.all.push(one);
  }
}
