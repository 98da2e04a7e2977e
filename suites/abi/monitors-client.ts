/** ABI rules about what a provider does with the client's structures. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { Clients, type Client } from '../registration/clients.ts';

const SUCCESS = 'STATUS_SUCCESS';

const isTruncated = (client: Client | undefined): boolean =>
  client?.variant?.truncate_after !== undefined;

/** The client of the binding that a call is made for. */
const clientOf = (clients: Clients, trace: TraceView, call: number): Client | undefined =>
  clients.byBinding.get(trace.call(call)?.binding ?? '');

/** Losses that come of memory: an assertion that fails is an answer, if a rude one. */
const ofMemory = (event: EventOf<'lost'>): boolean =>
  event.how === 'crash' &&
  (/^(SIGSEGV|SIGBUS|RangeError|exception 0xc0000005)$/.test(event.error) ||
    /AddressSanitizer|smashing|corrupt|free\(\)|munmap_chunk|out of bounds/i.test(event.detail));

/**
 * ABI-005: a table of exactly 80 bytes, with nothing readable behind it; and one that is larger than any provider knows, of
 * which no more is to be copied than there is room for.
 */
export const watchTableBounds: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected = "nothing is read beyond the declared length of the client's structures";
  const fitting =
    "no more of the client's structures is copied than the smaller of their length and the provider's own sizeof";
  const isShownMore = (call: number | undefined): boolean => {
    const client = clients.byCall.get(call ?? 0);
    return client !== undefined && isLarger(client, trace);
  };
  const ofClient = (call: number): 'client' | 'condition' =>
    clients.byCall.get(call)?.variant ? 'client' : 'condition';
  return together(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      const mine = clientOf(clients, trace, event.call);
      if (isTruncated(mine)) return;
      if (client && event.result === SUCCESS) say.exercised();
      const touched = event.damage.find(
        (one) =>
          one.what === 'touched' && (one.buffer === 'client_table' || one.buffer === 'client_data'),
      );
      if (!touched || touched.what !== 'touched') return;
      const what = touched.buffer === 'client_table' ? 'client table' : 'client data';
      say.violated(
        event,
        expected,
        `offset ${touched.offset} of the ${what} was read, which ends before it`,
      );
    },
    misuse: (event) => {
      if (event.misuse !== 'out-of-bounds') return;
      if (!isShownMore(event.owner) && !isShownMore(event.call)) return;
      say.violated(
        event,
        fitting,
        `${event.detail}, with client structures of more than their usual size`,
      );
    },
    lost: (event) => {
      if (isShownMore(event.call) && ofMemory(event))
        say.lost(event, fitting, ofClient(event.call));
      const named = /client[_ ](table|data)/.test(`${event.detail} ${event.during ?? ''}`);
      if (named && !isTruncated(clientOf(clients, trace, event.call))) say.lost(event, expected);
    },
  });
};

/** ABI-006: a table that lacks members that the provider needs. */
export const watchShortTable: Watch = (say, trace) => {
  const clients = new Clients(trace);
  let truncated = false;
  return together(clients.handlers, {
    'callback-returned': (event) => {
      if (isTruncated(clients.byCall.get(event.call))) {
        truncated = true;
        say.exercised();
      }
    },
    lost: (event) => {
      const client = clientOf(clients, trace, event.call);
      if (!isTruncated(client) && !(truncated && client === undefined)) return;
      say.lost(
        event,
        'an attach with a client table that lacks members is refused, or the missing members are never called',
        'client',
      );
    },
  });
};

/** A total_size above size is no appended member: there is room, of no meaning. */
const isPadded = (variant: Client['variant']): boolean => (variant?.padding ?? 0) > 0;

const isLarger = (client: Client, trace: TraceView): boolean => {
  const { variant } = client;
  const appended = (trace.conditions.appended ?? 0) > 0 && variant === null;
  const said =
    variant !== null &&
    ((variant.data_size ?? 0) > 40 || (variant.table_size ?? 0) > 80 || isPadded(variant));
  const otherwise =
    variant?.data_version ?? variant?.table_version ?? variant?.truncate_after ?? variant?.no_data;
  return (appended || said) && otherwise === undefined;
};

/** ABI-007: structures with appended members. */
export const watchAppended: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected =
    'client data or a client table that is larger than known, of version 1, is accepted';
  return together(clients.handlers, {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || !isLarger(client, trace) || clients.short.has(event.call)) return;
      if (isPadded(client.variant)) return;
      say.exercised();
      if (event.result === SUCCESS) return;
      const { facts } = client;
      say.violated(
        event,
        expected,
        `an attach with client data of ${facts?.data?.size ?? 0} bytes and a table of ${facts?.table?.size ?? 0} ` +
          `was answered with ${event.result ?? 'nothing'}`,
      );
    },
    lost: (event) => {
      const client = clients.byCall.get(event.call);
      if (client && isLarger(client, trace) && !ofMemory(event))
        say.lost(event, expected, client.variant ? 'client' : 'condition');
    },
  });
};

const isUnknownVersion = (client: Client | undefined): client is Client =>
  client !== undefined &&
  client.variant !== null &&
  ((client.variant.data_version ?? 1) > 1 || (client.variant.table_version ?? 1) > 1);

/**
 * ABI-008: structures of a version that does not exist yet. To accept such an attach is no use of them: a provider that
 * ignores the version is only caught if it uses what it was shown. A call through the table is use, and so is a crash.
 */
export const watchUnknownVersion: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const expected =
    'an attach whose client data or table carries an unknown version is refused, or nothing in them is used';
  const isUnknown = (call: number): boolean =>
    isUnknownVersion(clients.byCall.get(call) ?? clientOf(clients, trace, call));
  return together(clients.handlers, {
    'callback-returned': (event) => {
      if (isUnknownVersion(clients.byCall.get(event.call))) say.exercised();
    },
    service: (event) => {
      if (!isUnknown(event.call)) return;
      const where = trace.call(event.call)?.callback ?? 'no callback';
      const saw = `${where} called ${event.name} of a client whose structures are of version 2`;
      say.violated(event, expected, saw);
    },
    lost: (event) => {
      if (isUnknown(event.call)) say.lost(event, expected, 'client');
    },
  });
};

/** ABI-009: after the cleanup the client's structures are gone. */
export const watchAfterCleanup: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const accepted = new Set<string>();
  const expected = "the client's table and data are not used after the binding's cleanup";
  return together(clients.handlers, {
    'binding-state': (event: EventOf<'binding-state'>) => {
      if (event.state === 'attached') accepted.add(event.binding);
      if (event.state === 'cleaned' && accepted.has(event.binding)) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'service-after-cleanup') return;
      // A copy of the table may serve while any binding lives: the functions are the runtime's.
      if (clients.live.size > 0) return;
      say.violated(event, expected, event.detail);
    },
    'callback-returned': (event) => {
      const read = event.damage.find(
        (one) =>
          one.what === 'kept' && (one.buffer === 'client_table' || one.buffer === 'client_data'),
      );
      if (!read) return;
      const what = read.buffer === 'client_table' ? 'client table' : 'client data';
      say.violated(
        event,
        expected,
        `the ${what} of an earlier binding was read (seen in ${event.callback})`,
      );
    },
    lost: (event) => {
      const late =
        clients.live.size === 0 && accepted.size > 0 && event.callback === 'deferred work';
      if (late && /client[_ ](table|data)/.test(`${event.detail} ${event.during ?? ''}`))
        say.lost(event, expected);
    },
  });
};
