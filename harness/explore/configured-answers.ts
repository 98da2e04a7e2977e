/** What the configuration of an observing provider has it answer, and what it makes of values. */
import type { ObservedProvider } from '../trace/plan.ts';

const mask = 0x5a;

/** What a configuration has answers for. */
type Asked =
  'attach' | 'create' | 'associate' | 'find' | 'update' | 'pre_delete' | 'pre_delete_always';

export type Answers = Readonly<Record<Asked, () => string>>;

/** The answer of this turn; the last of a list stays. */
const byTurns = (list: readonly string[] | undefined, otherwise: string): (() => string) => {
  let turn = 0;
  return () => {
    const answer = list?.[Math.min(turn, list.length - 1)] ?? otherwise;
    turn += 1;
    return answer;
  };
};

/** The answers of one provider, each by its own turns. */
export const answersOf = (config: ObservedProvider): Answers => ({
  attach: byTurns(config.attach, 'STATUS_SUCCESS'),
  create: byTurns(config.create, 'EBPF_SUCCESS'),
  associate: byTurns(config.associate, 'EBPF_SUCCESS'),
  find: byTurns(config.find, 'EBPF_SUCCESS'),
  update: byTurns(config.update, 'EBPF_SUCCESS'),
  pre_delete: byTurns(config.pre_delete, 'EBPF_SUCCESS'),
  pre_delete_always: byTurns(config.pre_delete_always, 'EBPF_SUCCESS'),
});

/** What is stored or shown for a value: masked, and filled up to the size. */
export const masked = (value: Uint8Array, size: number, filler: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at < value.length ? value[at]! ^ mask : filler));
