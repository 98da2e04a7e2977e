/** What clients of other layouts show: which of them are cut, padded or larger. */
import type { EventOf, TraceView } from '../../harness/index.ts';
import type { Client, Clients } from '../registration/clients.ts';

export const SUCCESS = 'STATUS_SUCCESS';

/** The client shows a table without its last members, or, without any data, no table at all. */
export const isTruncated = (client: Client | undefined): boolean =>
  client?.variant?.truncate_after !== undefined || client?.variant?.no_data === true;

/** The client of the binding that a call is made for. */
export const clientOf = (clients: Clients, trace: TraceView, call: number): Client | undefined =>
  clients.byBinding.get(trace.call(call)?.binding ?? '');

/** Losses that come of memory: an assertion that fails is an answer, if a rude one. */
export const ofMemory = (event: EventOf<'lost'>): boolean =>
  event.how === 'crash' &&
  (/^(SIGSEGV|SIGBUS|RangeError|exception 0xc0000005)$/.test(event.error) ||
    /AddressSanitizer|smashing|corrupt|free\(\)|munmap_chunk|out of bounds/i.test(event.detail));

/** A total_size above size is no appended member: there is room, of no meaning. */
export const isPadded = (variant: Client['variant']): boolean => (variant?.padding ?? 0) > 0;

export const isLarger = (client: Client, trace: TraceView): boolean => {
  const { variant } = client;
  const appended = (trace.conditions.appended ?? 0) > 0 && variant === null;
  const said =
    variant !== null &&
    ((variant.data_size ?? 0) > 40 || (variant.table_size ?? 0) > 80 || isPadded(variant));
  const otherwise =
    variant?.data_version ?? variant?.table_version ?? variant?.truncate_after ?? variant?.no_data;
  return (appended || said) && otherwise === undefined;
};
