/** DISC: how a runtime finds the provider of a custom map, and what happens when there is none. */
import type { Requirement } from '../../harness/index.ts';
import {
  watchMissingProvider,
  watchMissingProviderResult,
  watchNativeTypes,
  watchNoNegativeCache,
  watchNoRebind,
  watchNoResidue,
  watchOnDemand,
  watchUnregisteredType,
} from './monitors.ts';

export const requirements: readonly Requirement[] = [
  {
    id: 'DISC-001',
    asks: 'A map of a registered custom type cannot be created while no provider for that type is registered.',
    passing:
      'Creations before any provider registered, after it left, and of another custom type all failed.',
    look: 'The type check of map creation: a custom type must not fall through to a built-in implementation.',
    watch: watchMissingProvider,
  },
  {
    id: 'DISC-002',
    asks: 'The missing provider is reported as EBPF_EXTENSION_FAILED_TO_LOAD.',
    passing: 'Every creation that failed for want of a provider was answered with that result.',
    look: 'The error path of provider discovery: which result leaves it when nobody attached?',
    watch: watchMissingProviderResult,
  },
  {
    id: 'DISC-003',
    asks:
      'A map type that is not in the enum cannot be created, even when a provider ' +
      'registered for the number; nobody is attached.',
    passing:
      'With a provider registered for an id outside the enum, creation failed and the provider saw no attach.',
    look: 'The check of the map type against BPF_MAP_TYPE_MAX, which comes before discovery.',
    watch: watchUnregisteredType,
  },
  {
    id: 'DISC-004',
    asks:
      'Discovery is on demand: each map instance makes one client registration and one ' +
      'attach, before preprocess_map_create.',
    passing:
      'Providers saw exactly one attach per map, inside its creation and before ' +
      'preprocess_map_create, and none at any other time.',
    look: 'Where the NMR client is registered: once per map, in the creation, not per type and not at load.',
    watch: watchOnDemand,
  },
  {
    id: 'DISC-005',
    asks: 'A failed discovery is not remembered: once a provider has registered, the next creation finds it.',
    passing:
      'A creation failed without a provider, the provider registered, and the next creation asked it to attach.',
    look: 'Any cache of map types or providers that is filled by a failed creation.',
    watch: watchNoNegativeCache,
  },
  {
    id: 'DISC-006',
    asks:
      'Maps declared in a program file are discovered in the same way; a missing provider ' +
      'fails the program load.',
    passing:
      'Nothing: neither the simulated runtime nor the C face of a runtime loads program files.',
    look: 'The map creation path of the program loader.',
    untestable:
      'program files are loaded by the user-mode library, which is outside the interface ' +
      'a runtime is judged through; its maps arrive as ordinary creations',
  },
  {
    id: 'DISC-007',
    asks: 'Natively implemented map types are made without asking map providers.',
    passing:
      'A provider registered for a native id saw no attach when maps of that type were created.',
    look: 'The order of checks in map creation: native types first.',
    watch: watchNativeTypes,
  },
  {
    id: 'DISC-008',
    asks: 'A creation that fails leaves nothing bound: every attach it made is matched by detach and cleanup.',
    passing: 'Every binding of a failed creation was cleaned up before the run ended.',
    look: 'The error path of map creation after the attach: is the NMR client deregistered on all of them?',
    watch: watchNoResidue,
  },
  {
    id: 'DISC-009',
    asks: 'A live map is not bound again when another provider registers.',
    passing:
      'With a second provider registered while maps lived, it saw no attach for them and ' +
      'their callbacks stayed where they were.',
    look: 'ClientAttachProvider of a map that is bound already: it must refuse.',
    watch: watchNoRebind,
  },
];
