/** ABI rules that bind the runtime, by what a provider sees. */
import { CLIENT_FUNCTIONS } from '../../harness/abi/callbacks.ts';
import type { Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';
import { OLD_TABLE_SIZE, headerProblems } from '../discovery/structure.ts';
import { variantOf } from '../registration/clients.ts';

/** ABI-010. */
export const watchClientStructures: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    if (event.callback !== 'ProviderAttachClient' || event.direct || variantOf(trace, event.op))
      return;
    say.exercised();
    const { data, table, members } = event.client ?? { data: null, table: null };
    const wrong = [
      ...(!data ? ['the client data is NULL'] : []),
      ...(data && (data.version !== 1 || data.size < 40 || data.total_size < 40)
        ? [
            `client data of version ${data.version}, size ${data.size}, total_size ${data.total_size}`,
          ]
        : []),
      ...(!table ? ['the client table is NULL'] : []),
      ...(table && (table.version !== 1 || table.size < 80 || table.total_size < 80)
        ? [
            `a client table of version ${table.version}, size ${table.size}, total_size ${table.total_size}`,
          ]
        : []),
      ...(members
        ? CLIENT_FUNCTIONS.filter((name) => !members.includes(name)).map(
            (name) => `${name} is NULL`,
          )
        : []),
    ];
    if (wrong.length === 0) return;
    say.violated(
      event,
      'client data of version 1 and size 40, a client table of version 1 and size 80, all seven functions set',
      wrong.join(', '),
    );
  },
});

/** ABI-011. */
export const watchOldTableAccepted: Watch = (say, trace) => {
  const old = new Set<string>();
  return together(
    watchCreations(trace, {
      ended: (creation) => {
        const right = creation.offers.filter((offer) => isEligible(offer, creation.map_type));
        const [first] = right;
        if (
          creation.unsettled ||
          !first ||
          first.own ||
          first.facts.data?.base_provider_table?.header?.size !== OLD_TABLE_SIZE
        )
          return;
        say.exercised();
        if (creation.attaches.some((attach) => attach.registration === first.registration)) return;
        say.violated(
          creation,
          'a provider with a 72-byte dispatch table is bound like any other',
          `the creation was answered with ${creation.result} and ${first.registration} was not asked to attach`,
        );
      },
    }),
    {
      registered: (event) => {
        const size = event.facts.data?.base_provider_table?.header?.size;
        if (!event.inert && size === OLD_TABLE_SIZE) old.add(event.registration);
      },
      'callback-entered': (event) => {
        if (
          event.callback !== 'postprocess_map_delete_element' ||
          !old.has(event.registration ?? '')
        )
          return;
        say.violated(
          event,
          'postprocess_map_delete_element counts as NULL when the table has 72 bytes',
          'it was called all the same',
        );
      },
    },
  );
};

/** ABI-012: reads beyond header.size, told by the provider whose memory it is. */
export const watchReadsWithin: Watch = (say) => {
  const exact = new Set<string>();
  return {
    registered: (event) => {
      if (!event.inert && event.facts.data?.base_provider_table) exact.add(event.registration);
    },
    'callback-entered': (event) => {
      const { callback, registration = '' } = event;
      if (callback === 'ProviderAttachClient' && !event.direct && exact.has(registration))
        say.exercised();
    },
    'provider-touched': (event) => {
      if (event.how !== 'read') return;
      say.violated(
        event,
        `${event.structure} is read up to its header.size and no further`,
        `${event.member} of ${event.registration} was read, which lies beyond header.size ${event.size}`,
      );
    },
  };
};

/** ABI-013. */
export const watchUnknownLayouts: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      for (const offer of creation.offers) {
        const problems = offer.facts.data ? headerProblems(offer.facts.data) : [];
        if (problems.length === 0 || offer.changed || offer.map_type !== creation.map_type)
          continue;
        say.exercised();
        if (creation.bound?.registration !== offer.registration) continue;
        say.violated(
          creation,
          `a provider of an unknown layout is refused (${problems.join(', ')})`,
          `${creation.bound.map} was bound to ${offer.registration}`,
        );
      }
    },
  });

/** ABI-014: the provider's structures are the provider's. */
export const watchUnmodified: Watch = (say, trace) => {
  const isRuntime = trace.subject.kind === 'runtime';
  return {
    'callback-entered': (event) => {
      if (event.callback === 'ProviderAttachClient' && !event.direct) say.exercised();
    },
    'provider-touched': (event) => {
      if (event.how !== 'written') return;
      say.violated(
        event,
        'provider data, properties and dispatch table are not modified by the runtime',
        `${event.member} of ${event.structure} of ${event.registration} was written`,
      );
    },
    // In a run against a provider its own changes show in the same event; they are REG-003's.
    'registration-changed': (event) => {
      if (!isRuntime || event.by === 'provider') return;
      say.violated(
        event,
        'provider data, properties and dispatch table are not modified by the runtime',
        `${event.paths.join(', ')} of ${event.registration} changed`,
      );
    },
  };
};
