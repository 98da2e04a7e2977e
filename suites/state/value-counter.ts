/**
 * The provider's own count of values beside the count of those that it accepted and was not asked
 * to release: what kind of act a difference came with. Differences count once everything deferred
 * has run.
 */
import type { TraceView } from '../../harness/index.ts';
import type { Tag } from './held-value.ts';

type Candidate = { tags: Set<Tag>; seq: number; off: number; where: string };
type Seen = { tags: Set<Tag>; seq: number; saw: string };

export class ValueCounter {
  private readonly trace: TraceView;
  private readonly suspect: (seen: Seen) => void;
  private readonly weights = new Map<string, number>();
  /** Acts since the last reading. */
  private window = new Set<Tag>();
  private windowText = '';
  /** A map that was created since the last reading. */
  private newMap: string | null = null;
  private candidates: Candidate[] = [];
  private expected = 0;
  private base: number | null = null;
  private off = 0;
  private offConfirmed = 0;

  constructor(trace: TraceView, suspect: (seen: Seen) => void) {
    this.trace = trace;
    this.suspect = suspect;
  }

  restart(): void {
    this.expected = 0;
    this.base = null;
    this.off = this.offConfirmed = 0;
    this.candidates = [];
    this.window.clear();
  }

  acted(tags: readonly Tag[], text: string): void {
    for (const tag of tags) this.window.add(tag);
    this.windowText = text;
  }

  /** So many values more are the provider's. */
  expect(more: number): void {
    this.expected += more;
  }

  /** What is counted nobody knows any more: it starts anew with the next reading. */
  forget(): void {
    this.base = null;
  }

  /**
   * A counter that counts maps too is no counter of values; what a creation alone added is set
   * aside.
   */
  mapCreated(map: string): void {
    this.newMap = map;
  }

  mapGone(map: string): void {
    if (this.base !== null) this.base -= this.weights.get(map) ?? 0;
  }

  read(resources: number, seq: number): void {
    if (!this.trace.subject.profile.countsResources) return;
    if (this.base === null) {
      this.base = resources - this.expected - this.off;
      this.window.clear();
      return;
    }
    const off = resources - this.base - this.expected;
    const change = off - this.off;
    if (change !== 0 && this.window.size === 0 && this.newMap !== null) {
      this.base += change;
      this.weights.set(this.newMap, change);
    } else if (change !== 0 && this.window.size === 0) {
      // Nothing was asked of the provider: something deferred was done.
      this.off = off;
    } else if (change !== 0) {
      // A lookup-and-delete is its delete: lookups are judged where nothing else happened.
      if (this.window.size > 1) this.window.delete('find');
      this.candidates.push({ tags: this.window, seq, off: change, where: this.windowText });
      this.off = off;
    }
    this.window = new Set();
    this.newMap = null;
  }

  /** What is still off when everything deferred has run was no delay. */
  confirm(): void {
    const change = this.off - this.offConfirmed;
    const fitting = this.candidates.filter((one) => Math.sign(one.off) === Math.sign(change));
    if (change !== 0) {
      for (const { tags, seq, off, where } of fitting) {
        const way = off > 0 ? `${off} more` : `${-off} fewer`;
        const shown = new Set(off > 0 ? tags : [...tags].filter((tag) => tag !== 'failed-update'));
        const saw =
          `after ${where} the provider's counter holds ${way} than the values that it ` +
          `accepted and was not asked to release`;
        this.suspect({ tags: shown, seq, saw });
      }
    }
    this.candidates = [];
    this.offConfirmed = this.off;
  }
}
