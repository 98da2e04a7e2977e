/**
 * How often a subject was lost in which callback, by groups of plans: what is too often for one is
 * nothing to another.
 */

/** Losses in one callback after which plans of the group stop short of it. */
const lossesMax = 3;

/** The plans that decide; every other group is named by the rules that its plans probe. */
export const mainGroup = '';

export class LossCounts {
  private readonly groups = new Map<string, Map<string, number>>();

  /** One more loss. Nothing is counted where no call was under way. */
  add(group: string, callback: string): void {
    if (callback === '') return;
    const counts = this.groups.get(group) ?? new Map<string, number>();
    this.groups.set(group, counts);
    counts.set(callback, (counts.get(callback) ?? 0) + 1);
  }

  /**
   * Callbacks in which the group was lost too often; what the deciding plans stop short of, all do.
   */
  often(group: string): string[] {
    const names = [...new Set([mainGroup, group])].flatMap((name) =>
      [...(this.groups.get(name) ?? [])].filter(([, count]) => count >= lossesMax),
    );
    return [...new Set(names.map(([callback]) => callback))];
  }
}
