/**
 * What the harness costs, as ratios within one process: a run with full trace and every monitor
 * against a bare loop that makes the same callbacks. Run with `npm run bench`.
 */
import { Bench } from 'tinybench';
import provider from '../../fixtures/providers/object-hash.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { ownersOfLoss } from '../../suites/owners-of-losses.ts';
import { openModule } from '../adapters/in-process.ts';
import { judge } from '../check/judge.ts';
import type { SubjectContext } from '../check/subject.ts';
import { Recorder } from '../trace/recorder.ts';
import { sequential, type Operation } from '../trace/plan.ts';
import type { ClientData, ClientTable, Host, ProviderCharacteristics } from '../provider/module.ts';
import { executeRun, type Job } from '../execute/execute.ts';
import { moduleExecutor } from './in-process.fixture.ts';
import { probe } from '../campaign/probe.ts';

const executor = moduleExecutor(provider, null);
const { profile, registrations } = await probe(executor, null, 'merged');
const subject: SubjectContext = {
  kind: 'in-process',
  profile,
  registrations,
  revision: 'merged',
  enumHeader: null,
};
const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
const rounds = 20;
const operations: Operation[] = [
  { op: 'start' },
  { op: 'create', map: 0 },
  ...Array.from({ length: rounds }, (_, i): Operation[] => [
    { op: 'update', map: 0, key: i % 4, value: i % 6 },
    { op: 'find', map: 0, key: i % 4 },
    { op: 'update', map: 0, key: i % 4, value: (i + 1) % 6 },
    { op: 'delete', map: 0, key: i % 4 },
  ]).flat(),
  { op: 'close', map: 0 },
  { op: 'stop' },
];
const plan = sequential('bench', operations);
const job: Job = { plan, choices: [], conditions: { dialect: 'as-documented' }, profile };

/** The least a kernel can be: memory without bounds, no ledger, no trace. */
const bareHost = (): { host: Host; registered: () => ProviderCharacteristics } => {
  const blocks = new Map<bigint, Uint8Array>();
  let next = 0x1000n;
  let characteristics: ProviderCharacteristics | null = null;
  const allocate = (size: number): bigint => {
    next += 0x1000n;
    blocks.set(next, new Uint8Array(size));
    return next;
  };
  const view = (address: bigint, length: number): Uint8Array =>
    blocks.get(address)!.subarray(0, length);
  const host: Host = {
    NmrRegisterProvider: (given) => {
      characteristics = given;
      return { status: 'STATUS_SUCCESS', handle: 1n };
    },
    NmrDeregisterProvider: () => 'STATUS_SUCCESS',
    NmrWaitForProviderDeregisterComplete: () => 'STATUS_SUCCESS',
    NmrProviderDetachClientComplete: () => undefined,
    KeGetCurrentIrql: () => 0,
    KeRaiseIrql: () => 0,
    KeLowerIrql: () => undefined,
    currentProcess: () => 1n,
    objectReference: () => 0n,
    objectDereference: () => undefined,
    defer: (fn) => fn(),
    log: () => undefined,
    memory: {
      allocate,
      free: (address) => void blocks.delete(address),
      read: (address, length) => view(address, length).slice(),
      write: (address, bytes) => view(address, bytes.length).set(bytes),
      view,
    },
  };
  return { host, registered: () => characteristics! };
};

/** The callbacks that the plan leads to, made by a loop without a runtime. */
const bareLoop = (): void => {
  const { host, registered } = bareHost();
  provider.start(host);
  const {
    ProviderAttachClient,
    ProviderDetachClient,
    ProviderCleanupBindingContext,
    ProviderRegistrationInstance,
  } = registered();
  const table = ProviderRegistrationInstance.NpiSpecificCharacteristics!.base_provider_table!;
  const { memory } = host;
  const header = { version: 1, size: 80, total_size: 80 };
  const client: ClientTable = {
    header,
    find_element_function: () => 'EBPF_KEY_NOT_FOUND',
    epoch_enter: () => undefined,
    epoch_exit: () => undefined,
    epoch_allocate_with_tag: memory.allocate,
    epoch_allocate_cache_aligned_with_tag: memory.allocate,
    epoch_free: memory.free,
    epoch_free_cache_aligned: memory.free,
  };
  const data: ClientData = {
    header: { version: 1, size: 40, total_size: 40 },
    map_context_offset: 176,
    base_client_table: client,
  };
  const binding = { value: null as unknown };
  ProviderAttachClient(
    1n,
    null,
    { ...ProviderRegistrationInstance, NpiSpecificCharacteristics: data },
    2n,
    null,
    binding,
    { value: null },
  );
  const context = { value: null as unknown };
  table.preprocess_map_create!(binding.value, 15, 4, 4, 8, { value: 0 }, context);
  const update = (index: number): Uint8Array => {
    const stored = new Uint8Array(8);
    const value = provider.makeValue!(4, index % 6)!;
    table.preprocess_map_update_element!(
      binding.value,
      context.value,
      4,
      new Uint8Array(4),
      4,
      value,
      8,
      stored,
      0,
    );
    return stored;
  };
  const remove = (stored: Uint8Array, flags: number): void =>
    table.postprocess_map_delete_element!(
      binding.value,
      context.value,
      4,
      new Uint8Array(4),
      8,
      stored,
      flags,
    );
  for (let i = 0; i < rounds; i += 1) {
    const first = update(i);
    table.postprocess_map_find_element!(
      binding.value,
      context.value,
      4,
      new Uint8Array(4),
      8,
      first,
      4,
      new Uint8Array(4),
      0,
    );
    const second = update(i + 1);
    remove(first, 2);
    remove(second, 0);
  }
  table.postprocess_map_delete!(binding.value, context.value);
  ProviderDetachClient(binding.value);
  ProviderCleanupBindingContext!(binding.value);
  provider.stop();
};

const bench = new Bench({ time: 500 });
bench
  .add('bare loop making the same callbacks', bareLoop)
  .add('run with full trace', () => {
    executeRun(job, openModule(provider), null);
  })
  .add('run with full trace and every monitor', () => {
    const { trace } = executeRun(job, openModule(provider), null);
    judge(requirements, trace, subject, ownersOfLoss);
  })
  .add('recorder alone: 1000 events', () => {
    const recorder = new Recorder();
    for (let i = 0; i < 1000; i += 1) recorder.record({ kind: 'freed', call: i, block: 'block#1' });
  });
await bench.run();
const meanOf = (task: Bench['tasks'][number] | undefined): number =>
  task && 'latency' in task.result ? task.result.latency.mean : NaN;
const mean = (index: number): number => meanOf(bench.tasks[index]);
for (const task of bench.tasks) {
  console.log(`${task.name.padEnd(42)} ${meanOf(task).toFixed(4)} ms`);
}
console.log(`full trace and monitors: ${(mean(2) / mean(0)).toFixed(1)} times the bare loop`);
console.log(`judging costs ${((mean(2) - mean(1)) / mean(1)).toFixed(2)} of a run`);
