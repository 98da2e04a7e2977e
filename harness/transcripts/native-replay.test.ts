/**
 * The example runtime in C, built as the shipped one, does what was recorded of the shipped one.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNativeRuntime, type NativeRuntime } from '../adapters/load-runtime.ts';
import { Observer } from '../adapters/observer.ts';
import { buildNative } from '../native/build.ts';
import { compareRuns } from './compare.ts';
import { isPlayable } from './native-provider.ts';
import { NativeReplay } from './native-replay.ts';
import { readTranscripts, type Transcript } from './transcript.ts';

const folder = new URL('../../fixtures/traces/eBPFCore/', import.meta.url);

/** Names of maps and inner maps are not part of a runtime's face. */
const isAskable = ({ steps }: Transcript): boolean =>
  !steps.some(({ args }) => args.name_len !== undefined || args.inner !== undefined);

const transcripts = ['scenarios.jsonl', 'random.jsonl']
  .flatMap((name) => readTranscripts(readFileSync(new URL(name, folder), 'utf8'), name))
  .filter((one) => one.providers.every(isPlayable) && isAskable(one));

let observer: Observer;
const runtimes = new Map<string, NativeRuntime>();
beforeAll(async () => {
  const [library] = await buildNative('observer/');
  observer = new Observer(library!.library);
  for (const name of ['hash-runtime', 'hash-runtime-as-shipped']) {
    const built = await buildNative(`runtimes/${name}`);
    const exact = built.find((one) => one.name === `runtimes/${name}`)!;
    runtimes.set(name, loadNativeRuntime(exact.library));
  }
});
afterAll(() => {
  for (const runtime of runtimes.values()) runtime.close();
});

/** The first difference, in words; null when there is none. */
const differenceOf = (
  name: string,
  { observed, validates, ...asked }: Transcript,
): string | null => {
  const seen = new NativeReplay(runtimes.get(name)!.instance(), observer, asked).run();
  // Where the context lies in a map object is each runtime's own affair.
  for (const one of seen) if (one.offset !== undefined) one.offset = 176;
  const found = compareRuns(asked.steps, { observed, validates }, { observed: seen, validates });
  return found[0] ? `${asked.id} step ${found[0].step} ${found[0].field}` : null;
};

describe('recorded behaviour of eBPFCore', () => {
  it('is reproduced by the example runtime as shipped, call by call', () => {
    expect(transcripts.length).toBeGreaterThan(400);
    const differing = transcripts.flatMap(
      (one) => differenceOf('hash-runtime-as-shipped', one) ?? [],
    );
    expect(differing).toEqual([]);
  });

  it('differs from the example runtime as documented, so that a difference would be seen', () => {
    const some = transcripts.slice(0, 40);
    expect(some.map((one) => differenceOf('hash-runtime', one))).toContain(
      '1.other_type step 3 callbacks[0].in_epoch',
    );
  });
});
