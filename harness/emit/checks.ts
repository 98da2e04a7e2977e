/** What an emitted test asks after a call: that buffers were left alone, and that the call at fault
 * did not do what it did. */
import type { Blame } from '../conclude/blamed.ts';
import type { Calls, Entered } from '../conclude/lifetimes.ts';
import type { TraceEvent } from '../trace/event.ts';
import { handedOn } from '../trace/handed-on.ts';

/** Lines of C that stand behind a call. */
export const checkAfter = (
  call: Entered,
  blame: Blame,
  trace: readonly TraceEvent[],
  calls: Calls,
): string[] => [
  ...unchanged(call, trace),
  ...(call.call === blame.call?.call ? atFault(call, blame, trace, calls) : []),
];

const isElement = ({ callback }: Entered): boolean => callback.endsWith('_element');

const unchanged = (call: Entered, trace: readonly TraceEvent[]): string[] => {
  if (!isElement(call)) return [];
  const { key, value } = call;
  const from = handedOn(trace).get(call.call);
  const before = from === undefined ? 'value_bytes' : `out_${from}`;
  const same = (name: string, bytes: string, hex: string): string =>
    `cmc_require_same(${name}, ${bytes}, ${hex.length / 2}, "${name}");`;
  return [
    ...(typeof key === 'string' && key !== '' ? [same('key', 'key_bytes', key)] : []),
    ...(typeof value === 'string' && value !== '' ? [same('value', before, value)] : []),
  ];
};

const asks = (condition: string, text: string): string => `CMC_REQUIRE(${condition}, "${text}");`;

const atFault = (
  call: Entered,
  { nature, way, things }: Blame,
  trace: readonly TraceEvent[],
  calls: Calls,
): string[] => {
  const back = calls.returned.get(call.call);
  if (way === 'unwritten')
    return [
      asks(
        `!cmc_is_only(out_${call.call}, ${call.fill ?? 0}, ${call.out_size ?? 0})`,
        'it succeeded and left out_value as it was before',
      ),
    ];
  if (way !== null) return things.flatMap((thing) => ofThing(thing, way, trace)).slice(0, 1);
  if (nature === 'result' && back?.result) {
    const isStatus = back.result.startsWith('STATUS_');
    return isStatus
      ? [asks('status == 0', `it answered ${back.result}`)]
      : [asks(`result != ${back.result}`, `it answered ${back.result}`)];
  }
  if (nature === 'memory') return counted(call, trace);
  return nature === 'content' ? contents(call, back?.out ?? null, trace, calls) : [];
};

/** What a call made, by its number and which of that call's it is. */
const ofThing = (
  thing: string,
  way: 'freed-early' | 'unreleased',
  trace: readonly TraceEvent[],
): string[] => {
  const isObject = thing.startsWith('object');
  const event = trace.find((one) =>
    isObject
      ? one.kind === 'object-referenced' && one.object === thing
      : one.kind === 'allocated' && one.block === thing,
  );
  if (!event || !('call' in event)) return [];
  const { call, seq } = event;
  const before = trace.filter((one) => {
    if (one.seq >= seq || !('call' in one) || one.call !== call) return false;
    return isObject
      ? one.kind === 'object-referenced' && one.object !== null
      : one.kind === 'allocated' || one.kind === 'allocation-failed';
  }).length;
  const held = `cmc_is_held(${call}, ${before + 1}, ${isObject ? 'CMC_OBJECT' : 'CMC_POOL'})`;
  const what = `${isObject ? 'an object' : 'memory'} of call ${call}`;
  return way === 'freed-early'
    ? [asks(held, `${what} was freed, and is still needed`)]
    : [asks(`!${held}`, `${what} was not released`)];
};

/** How many values the module says that it holds, where that was seen to be wrong. */
const counted = (call: Entered, trace: readonly TraceEvent[]): string[] => {
  const after = trace.find((one) => one.kind === 'operation-ended' && one.op === call.op);
  if (after?.kind !== 'operation-ended' || after.resources === undefined) return [];
  return [
    asks(`cmc_resource_count() != ${after.resources}`, `it counts ${after.resources} values`),
  ];
};

/** A lookup shows what was given to the update whose value it is handed. */
const contents = (
  call: Entered,
  out: string | null,
  trace: readonly TraceEvent[],
  calls: Calls,
): string[] => {
  if (call.callback !== 'postprocess_map_find_element' || !out) return [];
  const update = calls.entered.get(handedOn(trace).get(call.call) ?? 0);
  const given = update?.value;
  if (!given || given.length !== out.length || given === out) {
    const seen = (out.match(/../g) ?? []).map((byte) => `\\x${byte}`).join('');
    return [asks(`memcmp(out, "${seen}", ${out.length / 2}) != 0`, 'it shows wrong bytes')];
  }
  const bytes = (given.match(/../g) ?? []).map((byte) => `\\x${byte}`).join('');
  return [
    asks(`memcmp(out, "${bytes}", ${given.length / 2}) == 0`, 'it shows other bytes than given'),
  ];
};
