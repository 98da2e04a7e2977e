/**
 * Which call is to blame where what is stored, or shown of it, is wrong: an update that stored
 * nothing or the same for two, or a call that has no business with the entry.
 */
import { EBPF_MAP_OPERATION_UPDATE } from '../abi/flags.ts';
import { unknown, type Blame } from './blamed.ts';
import { endOf, type Calls, type Entered } from './lifetimes.ts';

/**
 * An update that succeeded and left out_value as it was before, so that what is stored (`stored`,
 * or anything) means nothing.
 */
export const unwritten = (calls: Calls, before: number, stored?: string | null): Blame | null => {
  const call = calls.all.find((one) => {
    const back = calls.returned.get(one.call);
    if (one.callback !== 'preprocess_map_update_element' || one.seq >= before) return false;
    if (back?.result !== 'EBPF_SUCCESS' || !back.out || !one.out_size) return false;
    if (stored !== undefined && stored !== back.out) return false;
    const fill = (one.fill ?? 0)
      .toString(16)
      .padStart(2, '0')
      .repeat(back.out.length / 2);
    return back.out === fill && !fill.startsWith(one.value ?? '');
  });
  const did = 'succeeded and left out_value as it was before';
  return call ? { ...unknown, call, nature: 'memory', did, way: 'unwritten' } : null;
};

/**
 * An update that put out the very bytes that stand for another value, which is still stored: one of
 * the two is lost from then on, whatever lookups and deletes do.
 */
export const storedTwice = (stored: string | null | undefined, calls: Calls): Blame | null => {
  if (!stored) return null;
  const all = calls.all.filter(
    (one) =>
      one.callback === 'preprocess_map_update_element' &&
      calls.returned.get(one.call)?.out === stored &&
      calls.returned.get(one.call)?.result === 'EBPF_SUCCESS' &&
      one.value !== stored,
  );
  for (const [index, first] of all.entries()) {
    const end = endOf(first, calls);
    const second = all
      .slice(index + 1)
      .find((one) => one.value !== first.value && (end === null || one.seq < end.seq));
    const did = 'put out what stands for another value, which is still stored';
    if (second) return { ...unknown, call: second, nature: 'content', did };
  }
  return null;
};

/**
 * Of a lookup that went wrong: the call since the update that has no business with the entry. In a
 * run that was made small it is there because nothing goes wrong without it. Another update or
 * lookup tells nothing: what either shows may be the lookup's own mistake.
 */
export const changedBy = (find: Entered, calls: Calls): Blame | null => {
  if (find.callback !== 'postprocess_map_find_element' || find.direct) return null;
  const isOf = (one: Entered): boolean =>
    one.callback === 'preprocess_map_update_element' &&
    one.map === find.map &&
    (calls.returned.get(one.call)?.out ?? one.value) === find.value;
  const update = calls.all.findLast((one) => one.seq < find.seq && isOf(one));
  const last = calls.all.findLast((one) => one.seq < find.seq);
  if (!update || !last || !strangers.has(last.callback) || last.seq < update.seq) return null;
  if ((last.flags ?? 0) & EBPF_MAP_OPERATION_UPDATE) return null;
  const did = 'changed what a lookup of another entry shows';
  const isOwn = last.callback === 'preprocess_associate_program_type';
  return {
    ...unknown,
    call: last,
    nature: 'content',
    did: isOwn ? did.replace('another', 'an') : did,
  };
};

const strangers = new Set<string>([
  'preprocess_associate_program_type',
  'postprocess_map_delete_element',
  'preprocess_map_delete_element',
  'postprocess_map_delete',
]);
