/** REG: what a provider registers, how it meets its clients, and whom a runtime binds to. */
import type { Requirement, SubjectContext } from '../../harness/index.ts';
import { byData, servesSeveral, when } from '../applies.ts';
import { DELETE_MEMBERS, effectiveMembers, isMapRegistration } from '../discovery/structure.ts';
import {
  watchAccepts,
  watchClientDispatch,
  watchManyBindings,
  watchOpaque,
  watchRegistration,
} from './attach.ts';
import { watchNeverAttached, watchRefusal, watchStructures } from './monitors.ts';
import { watchRefusedRegistration, watchStartInWant } from './refused.ts';
import { watchPassesOver, watchRefusesMalformed } from './runtime.ts';
import {
  watchBaseMapType,
  watchBothDeletes,
  watchDeprecatedDelete,
  watchMandatory,
  watchModuleId,
  watchNpiId,
  watchOneType,
  watchOptionalCrud,
  watchPointers,
  watchTransforming,
} from './static.ts';

const maps = (subject: SubjectContext) => subject.registrations.filter(isMapRegistration);

const transforms = byData(
  (subject) =>
    maps(subject).some(({ data }) => data?.base_properties?.updates_original_value === true),
  'updates_original_value is false',
);
const storesAsGiven = byData(
  (subject) =>
    maps(subject).some(({ data }) => data?.base_properties?.updates_original_value === false),
  'updates_original_value is true',
);
const hasDelete = byData(
  (subject) =>
    maps(subject).some(({ data }) =>
      DELETE_MEMBERS.some((name) => effectiveMembers(data).has(name)),
    ),
  'the provider supplies no delete callback',
);

export const requirements: readonly Requirement[] = [
  {
    id: 'REG-001',
    asks:
      'The module registers a map provider under the NPI id EBPF_MAP_INFO_EXTENSION_IID. ' +
      'Registrations under other NPI ids are its own affair.',
    passing:
      'At least one NmrRegisterProvider call of the module carried the sixteen bytes of that GUID.',
    look:
      'NpiId in the NPI_REGISTRATION_INSTANCE: it must point to the map GUID, not to the ' +
      'one for program information or hooks.',
    watch: watchNpiId,
    strength: 'static',
  },
  {
    id: 'REG-002',
    asks:
      'Every map type that the module implements has one registration of its own, which ' +
      'carries exactly that map_type.',
    passing: 'No two live registrations carried the same map_type, and none changed its map_type.',
    look: 'The loop that registers providers, and any code that writes map_type after registration.',
    watch: watchOneType,
  },
  {
    id: 'REG-003',
    asks:
      'Provider data, properties and dispatch table can be read, and stay as they were, ' +
      'until deregistration is complete.',
    passing:
      'The structures were read again at every attach, creation, deregistration and after stop, and were the same.',
    look:
      'Where the structures live: static memory, not the stack of the start routine, and ' +
      'nothing that is changed later.',
    watch: watchStructures,
  },
  {
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
  },
  {
    id: 'REG-005',
    asks: 'ModuleId is a well-formed NPI_MODULEID (Length 24, Type MIT_GUID). Which GUID it is does not matter.',
    passing: 'Length and Type were read at registration.',
    look: 'The initialiser of the module id.',
    watch: watchModuleId,
    strength: 'static',
  },
  {
    id: 'REG-006',
    asks: 'base_map_type is BPF_MAP_TYPE_HASH (1).',
    passing: 'The field was read at registration.',
    look: 'base_map_type in the provider data: the type of the base map, not the type that is registered.',
    watch: watchBaseMapType,
    strength: 'static',
  },
  {
    id: 'REG-007',
    asks: 'base_properties and base_provider_table are not NULL.',
    passing: 'Both pointers were read at registration.',
    look: 'The initialiser of the provider data.',
    watch: watchPointers,
    strength: 'static',
  },
  {
    id: 'REG-008',
    asks: 'preprocess_map_create, postprocess_map_delete and preprocess_associate_program_type are set.',
    passing: 'The dispatch table was read at registration.',
    look:
      'The initialiser of the dispatch table; a provider that welcomes every program still ' +
      'needs the association callback.',
    watch: watchMandatory,
    strength: 'static',
  },
  {
    id: 'REG-009',
    asks: 'preprocess_map_delete_element and postprocess_map_delete_element are not both set.',
    passing: 'The dispatch table was read at registration, as far as its header.size reaches.',
    look: 'The initialiser of the dispatch table: keep postprocess_map_delete_element.',
    watch: watchBothDeletes,
    strength: 'static',
  },
  {
    id: 'REG-010',
    asks: 'A provider whose updates_original_value is true sets find, update and exactly one delete callback.',
    passing:
      'Properties and dispatch table were read at registration, the table as far as its header.size reaches.',
    look: 'The dispatch table, and its header.size: a callback beyond it does not count.',
    applies: when(transforms),
    watch: watchTransforming,
    strength: 'static',
  },
  {
    id: 'REG-011',
    asks: 'A provider whose updates_original_value is false may leave out any callback for elements.',
    passing:
      'Nothing to break: no rule of this suite holds an absent callback against such a provider.',
    look: 'Nothing.',
    applies: when(storesAsGiven),
    watch: watchOptionalCrud,
    strength: 'static',
  },
  {
    id: 'REG-012',
    asks: 'The delete callback is postprocess_map_delete_element; preprocess_map_delete_element is deprecated.',
    passing: 'The dispatch table was read at registration.',
    look: 'Move what the deprecated callback does into postprocess_map_delete_element.',
    applies: when(hasDelete),
    watch: watchDeprecatedDelete,
    strength: 'static',
  },
  {
    id: 'REG-013',
    asks:
      "An attach with today's client data is accepted: STATUS_SUCCESS, and both output " +
      'parameters are written. NULL is a value for either.',
    passing:
      'Every attach of a client as the runtime makes it was accepted; sentinels in the output parameters were gone.',
    look:
      'ProviderAttachClient: which check refuses valid client data, or which path returns ' +
      'without writing an output?',
    watch: watchAccepts,
  },
  {
    id: 'REG-014',
    asks: "The runtime's services are taken from NpiSpecificCharacteristics of the client; ClientDispatch is NULL.",
    passing:
      'What worked for a client that shows a table as ClientDispatch worked for one that shows NULL.',
    look:
      'ProviderAttachClient: the client table is base_client_table of the client data, not ' +
      'the ClientDispatch argument.',
    watch: watchClientDispatch,
  },
  {
    id: 'REG-015',
    asks: 'Any number of clients may be attached at the same time: every map is a client of its own.',
    passing:
      'Up to seventy clients were attached, and sixteen maps lived, beside each other, within the declared limit.',
    look: 'Static state of a single binding: it must be per binding context.',
    applies: when(servesSeveral),
    watch: watchManyBindings,
  },
  {
    id: 'REG-016',
    asks: "The client's ModuleId and ClientBindingContext mean nothing to a provider.",
    passing:
      'Clients with module ids never seen before, and with a context at an unreadable ' +
      'address, were served like others.',
    look: 'ProviderAttachClient: comparisons with known module ids, reads through ClientBindingContext.',
    watch: watchOpaque,
  },
  {
    id: 'REG-017',
    asks:
      'A refused attach is answered with a failure status, releases all that was allocated ' +
      'for it and leaves no usable binding context.',
    passing:
      'Attaches with bad client data were offered; where they were refused, memory balanced, and ' +
      'the cleanup of a context that was put out all the same did no harm.',
    look: 'The error paths of ProviderAttachClient.',
    watch: watchRefusal,
  },
  {
    id: 'REG-018',
    asks: 'A provider does not count on a client attaching soon, or at all.',
    passing:
      'Registered, never attached, stopped: deregistration completed and memory ' +
      'balanced, with the answer STATUS_PENDING too.',
    look: 'The stop routine: does it wait for, or free, something that only an attach brings about?',
    watch: watchNeverAttached,
  },
  {
    id: 'REG-019',
    asks: 'The runtime does not bind to a provider whose structures are malformed; the map is not created.',
    passing: 'With each defect registered alone, creation failed and the provider saw no attach.',
    look: 'The validation of provider data in ClientAttachProvider, before NmrClientAttachProvider.',
    watch: watchRefusesMalformed,
  },
  {
    id: 'REG-020',
    asks: 'The runtime passes over providers of other map types or with another base map type, and goes on looking.',
    passing:
      'Providers that do not match saw no attach, and the one that matches was found behind them.',
    look: 'ClientAttachProvider: a mismatch refuses this provider only, before it is attached.',
    watch: watchPassesOver,
  },
  {
    id: 'REG-021',
    asks: 'When the registrar refuses a registration, start says so and leaves nothing behind.',
    passing:
      'Each registration was refused in turn: start failed, earlier registrations were gone, its memory ' +
      'was freed, and only handles that had been handed out went to the registrar.',
    look: 'The error path of start: a status that is not looked at, and what was set up before it.',
    watch: watchRefusedRegistration,
  },
  {
    id: 'REG-022',
    asks:
      'When memory or an object that start asks for is refused, start goes on without it, or says that it ' +
      'failed and leaves nothing behind.',
    passing:
      'The first eight allocations of pool memory (of a library) and the first three object references of start ' +
      'were refused in turn: what failed left nothing, and what went on did no harm.',
    look:
      'The error paths of start (DriverEntry): results that are not looked at, and what was set up, ' +
      'or was not yet, when it failed.',
    watch: watchStartInWant,
  },
];
