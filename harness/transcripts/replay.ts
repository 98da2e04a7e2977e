/**
 * Replays a transcript: steps become operations on the reference runtime in dialect as-shipped,
 * with recording providers as its subject. It is told what was asked, never what was observed.
 */
import { openModule } from '../adapters/in-process.ts';
import { readFacts } from '../adapters/module-facts.ts';
import type { Host } from '../provider/module.ts';
import { validationError } from '../sim/validate.ts';
import type { RunData } from '../sim/core.ts';
import { SimulatedRuntime } from '../sim/runtime.ts';
import { fromHex, Recorder } from '../trace/recorder.ts';
import type { Conditions } from '../trace/plan.ts';
import { answered, BUFFER_FILL, TraceJoin } from './observe.ts';
import { ProviderBehaviour } from './provider-behaviour.ts';
import { Recording } from './recording.ts';
import { RecordingProvider } from './recording-provider.ts';
import { MAP_DEFAULTS, operationOf, type MapStep, type ProviderStep } from './step-operation.ts';
import type { Asked, Observation, Observed, Step, StepArguments } from './transcript.ts';

/**
 * As recorded: usersim ran programs at the IRQL of the calling thread, find's buffers were filled
 * with 0xCC, and clean-up ran outside the closing process.
 */
const CONDITIONS: Conditions = {
  dialect: 'as-shipped',
  passive_programs: true,
  find_fill: BUFFER_FILL,
};

/** Byte of the value that a re-entrant update writes. */
const REENTRY_BYTE = 0x77;

/** Keys and values of a transcript are literal bytes. */
const DATA: RunData = {
  mapType: MAP_DEFAULTS.map_type,
  keySize: MAP_DEFAULTS.key_size,
  valueSize: MAP_DEFAULTS.value_size,
  maxEntries: MAP_DEFAULTS.max_entries,
  key: (ref) => (typeof ref === 'string' ? fromHex(ref) : null),
  value: (ref) => (typeof ref === 'string' ? fromHex(ref) : null),
  extraTypes: [],
  helpers: [],
};

type Registrant = { provider: RecordingProvider; handle: bigint };

class Replay {
  private readonly asked: Asked;
  private readonly recorder = new Recorder();
  private readonly runtime: SimulatedRuntime;
  private readonly join: TraceJoin;
  private readonly recording: Recording;
  private readonly registrants = new Map<string, Registrant>();
  /** Slot of each map name, and the value size it was last created with. */
  private readonly slots = new Map<string, { slot: number; value_size: number }>();
  /** Address of the map of the running step; a closing map keeps its address until it is gone. */
  private mapAddress = 0n;
  private mapName = '';

  constructor(asked: Asked) {
    this.asked = asked;
    this.recording = new Recording({
      currentMap: () => this.mapAddress,
      reenter: (op, key) => this.reenter(op, key),
    });
    let host: Host | undefined;
    const subject = openModule({
      name: 'recording provider',
      start: (given) => {
        host = given;
      },
      stop: () => undefined,
    });
    this.runtime = new SimulatedRuntime({
      conditions: CONDITIONS,
      recorder: this.recorder,
      subject,
      data: DATA,
    });
    this.join = new TraceJoin(this.recorder.events);
    this.runtime.performNow({ op: 'start' });
    if (!host) throw new Error('the recording provider was not started');
    for (const config of asked.providers) {
      const provider = new RecordingProvider(new ProviderBehaviour(config), host, this.recording);
      this.registrants.set(config.p, { provider, handle: 0n });
    }
    this.host = host;
  }

  private readonly host: Host;

  run(): Observed {
    const validates = [...this.registrants.values()].map(({ provider }) =>
      validationError(readFacts(provider.characteristics()).data) === null ? 'VALID' : 'INVALID',
    );
    const observed: Observation[] = [];
    for (const step of this.asked.steps) {
      try {
        observed.push(this.step(step));
      } catch (error) {
        // The run is over (a hang, a lost call): what follows has no answer.
        observed.push({
          result: `no answer: ${(error as Error).message}`,
          callbacks: [],
          out: null,
        });
        break;
      }
    }
    return { validates, observed };
  }

  private step(step: Step): Observation {
    const { op, args } = step;
    const answer =
      op === 'register' || op === 'deregister' || op === 'wait' || op === 'set' || op === 'mutate'
        ? { result: this.providerStep(op, args), out: null }
        : this.mapStep(op, step);
    const callbacks = this.recording.take().map((call) => this.join.complete(call));
    return { ...answer, callbacks };
  }

  private providerStep(op: ProviderStep, args: StepArguments): string {
    const registrant = this.registrants.get(args.p ?? '');
    if (!registrant) return 'NO_SUCH_PROVIDER';
    const { provider } = registrant;
    switch (op) {
      case 'register': {
        const { status, handle } = this.host.NmrRegisterProvider(
          provider.characteristics(),
          args.p,
        );
        registrant.handle = handle;
        return status;
      }
      case 'deregister': {
        const status = this.host.NmrDeregisterProvider(registrant.handle);
        this.runtime.settle();
        return status === 'STATUS_PENDING' ? 'BLOCKED' : 'COMPLETE';
      }
      case 'wait':
        return this.waitFor(registrant);
      case 'set':
        provider.behaviour.set(args);
        return 'OK';
      case 'mutate':
        provider.mutate(args);
        return 'OK';
    }
  }

  /** A wait that would not end yet is `BLOCKED`; the recorder gave up after a while. */
  private waitFor({ handle }: Registrant): string {
    const registered = this.runtime.nmr.waitable(handle);
    if (!registered?.complete) return 'BLOCKED';
    if (!registered.immediate) this.host.NmrWaitForProviderDeregisterComplete(handle);
    return 'COMPLETE';
  }

  private mapStep(op: MapStep, step: Step): Omit<Observation, 'callbacks'> {
    const name = step.args.map ?? '';
    const known = this.slots.get(name) ?? { slot: this.slots.size, value_size: 0 };
    this.slots.set(name, known);
    this.mapName = name;
    this.mapAddress = this.runtime.maps.addressAt(known.slot);
    const answer = this.runtime.performNow(operationOf(op, step.args, known.slot));
    if (op === 'create' && answer.result === 'EBPF_SUCCESS') {
      known.value_size = step.args.value_size ?? MAP_DEFAULTS.value_size;
    }
    if (op === 'mapctx' && answer.result === 'EBPF_SUCCESS') return this.mapContext();
    return answered(step, answer, known.value_size);
  }

  /** Reads the slot at map_context_offset of the map object, as MAP_CONTEXT does. */
  private mapContext(): Omit<Observation, 'callbacks'> {
    const { mapContextOffset: offset, subject } = this.runtime;
    const bytes = subject.space.peek(this.mapAddress + BigInt(offset), 8);
    const address = bytes
      ? new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
      : 0n;
    const owner = this.recording.mapContexts.find(
      (context) => subject.contextAddress(context) === address,
    );
    return { result: 'OK', out: owner?.label ?? null, offset };
  }

  private reenter(op: 'find' | 'update' | 'delete', key: string): string {
    const known = this.slots.get(this.mapName);
    if (!known) return 'NO_SUCH_MAP';
    const value = REENTRY_BYTE.toString(16).repeat(known.value_size);
    return this.runtime.performWithin(operationOf(op, { key, value }, known.slot)).result;
  }
}

/** What the reference runtime does when asked the same. */
export const replay = (asked: Asked): Observed => new Replay(asked).run();
