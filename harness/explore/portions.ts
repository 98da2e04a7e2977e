/**
 * Many generated plans, made a portion at a time as they are run: neither time nor memory is spent
 * on those that are not.
 */

/** Plans made at once. A smaller number is one portion, and the same plans whatever comes after. */
export const portionMax = 400;

/** Seed and size of each portion of `count` plans; the first has the seed itself. */
export function* portionsOf(
  seed: number,
  count: number,
): Generator<{ seed: number; count: number; from: number }> {
  for (let from = 0, portion = 0; from < count; from += portionMax, portion += 1) {
    const mixed = portion === 0 ? seed : (seed + Math.imul(portion, 0x9e37_79b1)) | 0;
    yield { seed: mixed, count: Math.min(portionMax, count - from), from };
  }
}
