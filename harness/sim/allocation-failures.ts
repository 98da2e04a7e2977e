/** Which allocation fails although there is memory: the n-th, as the conditions of a run say. */

/**
 * What memory is asked for: by the module's start, for anything later, or by what may not be
 * refused it.
 */
export type PoolUse = 'start' | 'later' | 'spared';

export class AllocationFailures {
  private failing: number | null;
  private readonly failingInStart: number | null;
  /** Allocations asked for so far in this run that could fail. */
  private asked = 0;
  /** Those of pool memory in starts that could fail. */
  private askedInStarts = 0;

  constructor(failing: number | null, failingInStart: number | null) {
    this.failing = failing;
    this.failingInStart = failingInStart;
  }

  /** Allocations so far that could fail, those of starts aside. */
  get count(): number {
    return this.asked;
  }

  /** The n-th allocation from now on fails, whoever asks; null: none does any more. */
  failNext(n: number | null): void {
    this.failing = n === null ? null : this.asked + n;
  }

  /** Whether it is this allocation's turn to fail. */
  isDue(use: PoolUse): boolean {
    if (use === 'spared') return false;
    if (use === 'later') return (this.asked += 1) === this.failing;
    return (this.askedInStarts += 1) === this.failingInStart;
  }
}
