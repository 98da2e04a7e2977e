import type { DeclaredProfile } from './provider/profile.ts';

/** The public face: what a vendor's module or config, and the suites, are written against. */
export type {
  ProviderModule,
  Host,
  ProviderTable,
  ProviderData,
  ProviderCharacteristics,
  ClientTable,
  ClientData,
  Box,
  ResultLike,
} from './provider/module.ts';
export type { DeclaredProfile, Profile, HelperProfile, Waiver } from './provider/profile.ts';
export type { Requirement } from './check/requirement.ts';
export type { SubjectContext } from './check/subject.ts';
export { when } from './check/condition.ts';
export type { Condition, Exempt, Ground } from './check/condition.ts';
export type {
  Watch,
  Handlers,
  HandlerTable,
  TraceView,
  Reporter,
  Finding,
  Violation,
} from './check/monitor.ts';
export type { BufferName, Damage } from './trace/damage.ts';
export type {
  TraceEvent,
  EventOf,
  EventKind,
  CallbackEntered,
  CallbackReturned,
  Balance,
} from './trace/event.ts';
export type { Misuse } from './trace/misuse.ts';
export type { RegistrationFacts, ProviderDataFacts } from './trace/registration-facts.ts';
export type {
  Operation,
  Plan,
  Conditions,
  DirectCall,
  KeyRef,
  ValueRef,
  Actor,
  Caller,
} from './trace/plan.ts';
export type { Scenario } from './explore/scenario.ts';
export type { Chapter } from './conclude/chapter.ts';
export { defineChapter } from './conclude/chapter.ts';
export { sequential } from './trace/plan.ts';
export { judge } from './check/judge.ts';
export { except } from './check/reading.ts';
export type { IsReading } from './check/reading.ts';
export {
  flagNames,
  irqlName,
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_UPDATE,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  DISPATCH_LEVEL,
  PASSIVE_LEVEL,
} from './abi/flags.ts';
export { HEADERS, LAYOUTS } from './abi/layout.ts';
export { DISPATCH_CALLBACKS, CLIENT_FUNCTIONS } from './abi/callbacks.ts';
export * as guids from './abi/guid.ts';
export * as mapTypes from './abi/map-types.ts';
export { EBPF_RESULTS, isEbpfResult, isNtSuccess, valueOf } from './abi/result.ts';

/** Types a config file: `export default defineConfig({ … })`. */
export const defineConfig = <T extends DeclaredProfile>(config: T): T => config;
