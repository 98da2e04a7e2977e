/**
 * ENUM: where map type ids come from. Rules about the header itself are judged by `mapcert
 * registry`.
 */
import type { Condition } from '../../harness/index.ts';
export const isDraft: Condition = {
  holds: ({ revision }) => revision === 'draft',
  otherwise: [{ by: 'contract', why: 'it is in the draft revision only' }],
};

export const byRegistry = (rule: string): string =>
  `a rule about the header: \`mapcert registry ebpf_structs.h\` ${rule}`;
