/**
 * The probe: what a provider did not declare is found out by asking it, in the order registration,
 * sizes, values, lookups, program types, restart. Nothing is judged here; what cannot be found out
 * stays null. What it finds widens or informs; it excuses nothing (check/condition.ts).
 */
import { PROGRAM_TYPES } from '../abi/guid.ts';
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import { wasRefused } from '../host/trial.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import { sequential, type Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Executor } from '../execute/executor.ts';
import { probeValues, type Ask } from './probe-values.ts';
import { acceptedPairs, probePlans, sweepSizes, usualMaxEntries } from './probe-sizes.ts';

/** What the probe found. */
export type Probed = {
  profile: Profile;
  /** Of the further map types that the module registers. */
  others: Profile[];
  registrations: RegistrationFacts[];
  mapTypes: number[];
  /** The module refused to start, in its words; null when it started. */
  startError: string | null;
  /**
   * The registrar turned its registration down: there is something to judge although nothing runs.
   */
  isRefused: boolean;
  /** Calls that it did not come back from: what they would have shown is not found out. */
  losses: EventOf<'lost'>[];
};

/** Further map types of a module that are looked at. */
const othersMax = 8;

/** A GUID that belongs to nobody. */
const randomProgramType = '5f0c1b1e-9a77-4d6e-8f43-b7d1a2c3e4f5';
const probedProgramTypes = [...Object.values(PROGRAM_TYPES), randomProgramType];

export const ended = (trace: readonly TraceEvent[]): EventOf<'operation-ended'>[] =>
  trace.filter((event): event is EventOf<'operation-ended'> => event.kind === 'operation-ended');

/** Asks the subject; every question is a run of its own, so a loss costs one answer. */
export const probe = async (
  executor: Executor,
  declared: DeclaredProfile | null,
  revision: 'merged' | 'draft',
): Promise<Probed> => {
  const profile = bootstrapProfile(declared);
  const losses: EventOf<'lost'>[] = [];
  const asking = (about: Profile): Ask => {
    return async (name, operations) => {
      const plan = sequential(`probe: ${name}`, [{ op: 'start' }, ...operations]);
      const job = { plan, choices: [], conditions: { revision }, profile: about };
      const [result] = await executor.run([job]);
      const trace = result?.trace ?? [];
      losses.push(...trace.filter((event): event is EventOf<'lost'> => event.kind === 'lost'));
      return trace;
    };
  };
  const ask = asking(profile);
  let first = await ask('registration', [{ op: 'stop' }]);
  if (hasFailed(first) && profile.restartable === null && executor.facts.kind === 'in-process') {
    // It has started before, to be loaded: it may be of those that start once. Then each run gets a
    // module of its own.
    cannotRestart(profile);
    first = await ask('registration', [{ op: 'stop' }]);
  }
  const registrations = first
    .filter((event): event is EventOf<'registered'> => event.kind === 'registered')
    .map((event) => ({ ...event.facts, inert: event.inert }));
  const failed = first.find(
    (event): event is EventOf<'module'> => event.kind === 'module' && event.what === 'start-failed',
  );
  const maps = registrations.filter((one) => !one.inert && one.data);
  fromRegistration(profile, maps[0]);
  const probed: Probed = {
    profile,
    others: [],
    registrations: registrations.map(({ inert: _, ...facts }) => facts),
    mapTypes: [...new Set(maps.map((one) => one.data?.map_type ?? 0))],
    startError: failed ? (failed.detail ?? 'start failed') : null,
    isRefused: wasRefused(first),
    losses,
  };
  if (maps.length === 0) return probed;
  await probeMaps(profile, executor, ask);
  for (const mapType of probed.mapTypes.slice(1, 1 + othersMax)) {
    const other = { ...bootstrapProfile(declared), restartable: profile.restartable };
    fromRegistration(
      other,
      maps.find(({ data }) => data?.map_type === mapType),
    );
    await probeMaps(other, executor, asking(other));
    probed.others.push(other);
  }
  return probed;
};

/** Sizes, values, lookups, program types and restart of the maps of one type. */
const probeMaps = async (profile: Profile, executor: Executor, ask: Ask): Promise<void> => {
  await probeSizes(profile, ask);
  if (profile.accepted.length === 0 && profile.restartable === null) {
    cannotRestart(profile);
    await probeSizes(profile, ask);
    if (profile.accepted.length === 0) profile.restartable = null;
  }
  if (profile.accepted.length === 0) return;
  await probeValues(profile, executor.facts.hasMakeValue, ask);
  if (profile.invalidValues.length === 0) await probeInvalid(profile, ask);
  await probePrograms(profile, ask);
  await probeRestart(profile, ask);
};

const fromRegistration = (profile: Profile, facts: RegistrationFacts | undefined): void => {
  const data = facts?.data;
  if (!data) return;
  const table = data.base_provider_table;
  const members = new Set(table?.members ?? []);
  profile.tableSize = table?.header?.size ?? 0;
  if (profile.tableSize === 72) members.delete('postprocess_map_delete_element');
  profile.mapType = data.map_type ?? 0;
  profile.updatesOriginalValue = data.base_properties?.updates_original_value ?? false;
  profile.hasFind = members.has('postprocess_map_find_element');
  profile.hasUpdate = members.has('preprocess_map_update_element');
  profile.deleteStyle = members.has('preprocess_map_delete_element')
    ? 'preprocess'
    : members.has('postprocess_map_delete_element')
      ? 'postprocess'
      : 'none';
  profile.source['mapType'] = 'registration';
};

const hasFailed = (trace: readonly TraceEvent[]): boolean =>
  trace.some((event) => event.kind === 'module' && event.what === 'start-failed');

const cannotRestart = (profile: Profile): void => {
  profile.restartable = false;
  profile.source['restartable'] = 'probed';
};

const probeSizes = async (profile: Profile, ask: Ask): Promise<void> => {
  let taken: number | null = null;
  for (const { pairs, maxEntries } of probePlans(profile)) {
    // With the entries that some sizes were accepted with, all are asked for.
    if (maxEntries !== taken && profile.accepted.length > 0) break;
    const trace = await ask('sizes', sweepSizes(pairs, profile, maxEntries));
    profile.accepted.push(...acceptedPairs(trace));
    if (profile.accepted.length > 0) taken = maxEntries;
    if (maxEntries !== null && profile.source['maxEntries'] === undefined && taken !== null) {
      const { max } = profile.maxEntries;
      profile.maxEntries =
        maxEntries < usualMaxEntries ? { min: 1, max: maxEntries } : { min: maxEntries, max };
      profile.source['maxEntries'] = 'probed';
    }
    const created = trace.find(
      (event): event is EventOf<'map-created'> => event.kind === 'map-created',
    );
    if (created) profile.nullContext = created.context === null;
  }
  const distinct = (values: number[]): number[] => [...new Set(values)];
  for (const [name, list] of [
    ['keySizes', distinct(profile.accepted.map((pair) => pair.key))],
    ['valueSizes', distinct(profile.accepted.map((pair) => pair.value))],
  ] as const) {
    if (profile[name].length > 0) continue;
    profile[name] = list;
    profile.source[name] = 'probed';
  }
};

/** All-ones and another pattern: values that are refused are kept as known to be invalid. */
const probeInvalid = async (profile: Profile, ask: Ask): Promise<void> => {
  if (!profile.hasUpdate || profile.values === 'none') return;
  const size = profile.accepted[0]!.value;
  const candidates = [
    new Uint8Array(size).fill(0xff),
    new Uint8Array(size).map((_, i) => 0xf3 - i * 5),
  ];
  const trace = await ask('invalid values', [
    { op: 'create', map: 0 },
    ...candidates.map((bytes, key): Operation => ({
      op: 'update',
      map: 0,
      key,
      value: toHex(bytes),
    })),
    { op: 'close', map: 0 },
    { op: 'stop' },
  ]);
  const answers = ended(trace).filter((event) => event.operation.op === 'update');
  candidates.forEach((bytes, index) => {
    const result = answers[index]?.result;
    if (result !== undefined && result !== 'EBPF_SUCCESS') profile.invalidValues.push(toHex(bytes));
  });
  if (profile.invalidValues.length) profile.source['invalidValues'] = 'probed';
};

const probePrograms = async (profile: Profile, ask: Ask): Promise<void> => {
  if (profile.programTypes) return;
  const trace = await ask('program types', [
    { op: 'create', map: 0 },
    ...probedProgramTypes.map((program_type): Operation => ({
      op: 'associate',
      map: 0,
      program_type,
    })),
    { op: 'close', map: 0 },
    { op: 'stop' },
  ]);
  const answers = ended(trace).filter((event) => event.operation.op === 'associate');
  if (answers.length !== probedProgramTypes.length) return;
  const accepted = probedProgramTypes.filter((_, i) => answers[i]?.result === 'EBPF_SUCCESS');
  const rejected = probedProgramTypes.filter((_, i) => answers[i]?.result !== 'EBPF_SUCCESS');
  profile.programTypes = { accept: accepted, reject: rejected, restricted: rejected.length > 0 };
  profile.source['programTypes'] = 'probed';
};

const probeRestart = async (profile: Profile, ask: Ask): Promise<void> => {
  if (profile.restartable !== null) return;
  const trace = await ask('restart', [{ op: 'stop' }, { op: 'start' }, { op: 'stop' }]);
  const starts = ended(trace).filter((event) => event.operation.op === 'start');
  if (starts.length < 2) return;
  profile.restartable = starts[1]?.result === 'STATUS_SUCCESS';
  profile.source['restartable'] = 'probed';
};
