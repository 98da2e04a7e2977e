/**
 * REG-004, a MUST for the provider.
 * Source: netioddk (NMR contract);
 * sample_ext.c:_sample_ebpf_extension_hash_map_provider_characteristics
 */
import { NPI } from '../../harness/abi/layout.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS } from './attach.ts';
import { fixed, watchFacts } from './static.ts';

/** REG-004: the fixed fields, and a cleanup routine where binding contexts are allocated. */
const watchRegistration: Watch = (say, trace) => {
  const noCleanup = new Set<string>();
  const made = new Map<number, Set<string>>();
  const owned = new Map<string, number>();
  const fixed = watchCharacteristics(say, trace);
  return inOrder(fixed, {
    registered: (event) => {
      if (!event.inert && !event.facts.ProviderCleanupBindingContext)
        noCleanup.add(event.registration);
    },
    allocated: ({ call, block }) => {
      if (trace.call(call)?.callback !== 'ProviderAttachClient') return;
      made.set(call, (made.get(call) ?? new Set()).add(block));
    },
    freed: ({ block }) => {
      for (const blocks of made.values()) blocks.delete(block);
    },
    'callback-returned': (event) => {
      const entered = trace.call(event.call);
      const registration = entered?.registration ?? '';
      if (entered?.callback !== 'ProviderAttachClient' || !noCleanup.has(registration)) return;
      const kept =
        event.result === SUCCESS &&
        (event.context ?? null) !== null &&
        (made.get(event.call)?.size ?? 0) > 0;
      if (!kept) return;
      // One allocation may be something that all bindings share, made at the first attach.
      owned.set(registration, (owned.get(registration) ?? 0) + 1);
      if (owned.get(registration) !== 2) return;
      say.violated(
        event,
        'a provider that allocates binding contexts registers a ProviderCleanupBindingContext',
        'every attach allocates memory and puts out a binding context, and ProviderCleanupBindingContext is NULL',
      );
    },
  });
};

/** REG-004, what the structures say; who needs a cleanup routine is watchCleanupRoutine. */
const watchCharacteristics = watchFacts((say, facts, event) => {
  say.exercised();
  const { instance } = facts;
  const wrong = [
    ...fixed('Version of NPI_PROVIDER_CHARACTERISTICS', facts.Version, NPI.characteristics.Version),
    ...fixed('Length of NPI_PROVIDER_CHARACTERISTICS', facts.Length, NPI.characteristics.Length),
    ...fixed(
      'Version of NPI_REGISTRATION_INSTANCE',
      instance?.Version,
      NPI.registrationInstance.Version,
    ),
    ...fixed('Size of NPI_REGISTRATION_INSTANCE', instance?.Size, NPI.registrationInstance.Size),
    ...(facts.ProviderAttachClient ? [] : ['ProviderAttachClient is NULL']),
    ...(facts.ProviderDetachClient ? [] : ['ProviderDetachClient is NULL']),
  ];
  if (wrong.length === 0) return;
  say.violated(
    event,
    'NPI_PROVIDER_CHARACTERISTICS and NPI_REGISTRATION_INSTANCE are filled in',
    wrong.join(', '),
  );
});

export const rule: Requirement = {
  id: 'REG-004',
  asks:
    'NPI_PROVIDER_CHARACTERISTICS (Version 0, Length 72) and NPI_REGISTRATION_INSTANCE ' +
    '(Version 0, Size 40) are filled in, attach and detach are set, and so is cleanup ' +
    'where binding contexts are allocated.',
  passing:
    'The fields were read at registration; no provider without a cleanup routine was ' +
    'seen to allocate in every attach.',
  look: 'The initialisers of the two NPI structures.',
  watch: watchRegistration,
  strength: 'static',
  blindSpots: {
    externalNmr:
      'an external NMR shows the registration instance, not NPI_PROVIDER_CHARACTERISTICS',
  },
};
