/** Helper calls of a trace with what they were given and what became of them. Judges nothing. */
import type { EventOf, Handlers, Misuse, Operation, SubjectContext } from '../../harness/index.ts';
import { livesOf, type MapLives } from '../state/map-lives.ts';
import { onePerTrace, inOrder } from '../state/in-order.ts';

type HelperOperation = Extract<Operation, { op: 'helper' }>;

/** One call of a helper by a BPF program. */
export type HelperCall = {
  op: number;
  helper: number;
  /** What was given as map: one of the provider's, or something that is not. */
  given: 'own' | 'core' | 'foreign' | 'unattached';
  map: string | undefined;
  /** The provider's map is known to hold the key, known not to, or nobody can tell. */
  key: 'stored' | 'missing' | 'unsure';
  /**
   * What the update callback made of the value that is stored there, as hex; null when not known.
   */
  stored: string | null;
  /** The value that the user gave for it, and those that stand under the same key in other maps. */
  values: { own: string; others: readonly string[] } | null;
  size: number;
  /** Room for a whole value, no more and no less. */
  fitting: boolean;
  irql: number;
  misuses: EventOf<'misuse'>[];
  /** What came back; null while it runs or when it was lost. */
  answer: { returned: bigint; destination: string; points: string | null } | null;
};

/** Accesses that nobody may make, whatever they were meant to read. */
export const BAD_ACCESS: readonly Misuse[] = ['bad-access', 'null-access'];

const outFill = 'cc';

/** Whether the destination holds what it held before the call. */
export const isUntouched = (destination: string): boolean =>
  destination === outFill.repeat(destination.length / 2);

/** A negated result code, as 64 or as 32 bits. */
export const isFailure = (returned: bigint): boolean =>
  BigInt.asIntN(64, returned) < 0n ||
  (returned <= 0xffff_ffffn && BigInt.asIntN(32, returned) < 0n);

/**
 * Whether a key that the map holds was served: no failure, and the destination was written, where
 * there is one. How a helper that never serves any treats what it finds, nothing shows.
 */
export const hasServed = (
  { helper, given, key, answer }: HelperCall,
  { profile }: SubjectContext,
): boolean => {
  if (given !== 'own' || !answer) return false;
  // What users do not fill holds no key that they could name.
  if (profile.source['userUpdate'] === 'declared' && profile.userUpdate !== null) return true;
  if (key !== 'stored' || isFailure(answer.returned)) return false;
  const declared = profile.helpers.find(({ id }) => id === helper)?.arguments ?? [];
  return !declared.includes('destination') || !isUntouched(answer.destination);
};

const others: Record<Exclude<HelperCall['given'], 'own'>, string> = {
  core: 'a native map',
  foreign: "another extension's map",
  unattached: 'a map while no client is attached',
};

/** The helper and what it was called with, in words. */
export const subjectOf = (call: HelperCall): string =>
  call.given === 'own'
    ? `helper ${call.helper} on ${call.map ?? 'a map'}`
    : `helper ${call.helper} on ${others[call.given]}`;

export class HelperCalls {
  readonly handlers: Handlers;
  /** Whether a client ever attached. */
  attached = false;
  private readonly lives: MapLives;
  private readonly calls = new Map<number, HelperCall>();
  private readonly byCall = new Map<number, HelperCall>();
  private readonly keyNames = new Map<number, string>();
  private readonly opOf = new Map<number, number>();
  /** Update callbacks by operation, and what they put into the map. */
  private readonly updates = new Map<
    number,
    { place: string; stored: string | null; value: string }
  >();
  private readonly stored = new Map<string, string>();
  /** Users' values by key and map, of updates that succeeded. */
  private readonly given = new Map<string, Map<string, string>>();
  private readonly publicValues = new Set<string>();

  constructor(lives: MapLives) {
    this.lives = lives;
    this.handlers = {
      'operation-started': ({ op, operation }) => {
        if (operation.op !== 'helper') return;
        this.calls.set(op, newCall(op, operation));
        this.keyNames.set(op, JSON.stringify(operation.key ?? 0));
      },
      'callback-entered': (event) => this.entered(event),
      'callback-returned': (event) => this.returned(event),
      misuse: (event) => void this.byCall.get(event.call)?.misuses.push(event),
      'operation-ended': (event) => this.ended(event),
    };
  }

  /** The helper call that an operation is; undefined for other operations. */
  of(op: number): HelperCall | undefined {
    return this.calls.get(op);
  }

  /** The helper call that a call into the subject is. */
  in(call: number): HelperCall | undefined {
    return this.byCall.get(call);
  }

  /** Whether bytes that a helper gave out begin with a value that somebody put into a map. */
  isPublicValue(destination: string): boolean {
    return [...this.publicValues].some(
      (value) => value.length > 0 && destination.startsWith(value),
    );
  }

  private entered(event: EventOf<'callback-entered'>): void {
    const place = `${event.map} ${event.key}`;
    if (event.callback === 'preprocess_map_update_element') {
      this.opOf.set(event.call, event.op);
      this.updates.set(event.op, { place, stored: null, value: event.value ?? '' });
      this.publicValues.add(event.value ?? '');
    }
    const call = event.callback === 'invokeHelper' ? this.calls.get(event.op) : undefined;
    if (!call) return;
    this.byCall.set(event.call, call);
    call.irql = event.irql;
    call.size = event.value_size ?? call.size;
    call.map = event.map;
    const life = this.lives.of(event.map);
    if (!life) return;
    call.fitting = call.size === life.created.value_size;
    if (!life.sure) return;
    call.key = life.entries.has(this.keyNames.get(event.op) ?? '0') ? 'stored' : 'missing';
    if (call.key !== 'stored') return;
    call.stored = this.stored.get(place) ?? null;
    const byMap = this.given.get(event.key ?? '');
    const own = byMap?.get(event.map ?? '');
    if (!byMap || own === undefined) return;
    const others = [...byMap].flatMap(([map, value]) => (map === event.map ? [] : [value]));
    call.values = { own, others };
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const update = this.updates.get(this.opOf.get(event.call) ?? 0);
    if (update && event.callback === 'preprocess_map_update_element')
      update.stored = event.out ?? null;
    if (event.callback === 'ProviderAttachClient' && event.result === 'STATUS_SUCCESS')
      this.attached = true;
  }

  private ended(event: EventOf<'operation-ended'>): void {
    const update = this.updates.get(event.op);
    if (update?.stored && event.result === 'EBPF_SUCCESS') {
      this.stored.set(update.place, update.stored);
      const [map = '', key = ''] = update.place.split(' ');
      const byMap = this.given.get(key) ?? new Map<string, string>();
      this.given.set(key, byMap.set(map, update.value));
    }
    const call = this.calls.get(event.op);
    const out = event.out as
      { returned?: string; destination?: string; points?: string } | undefined;
    if (!call || !out?.returned) return;
    const { returned, destination = '', points = null } = out;
    call.answer = { returned: BigInt(returned), destination, points };
  }
}

const newCall = (op: number, operation: HelperOperation): HelperCall => ({
  op,
  helper: operation.helper,
  given: typeof operation.map === 'number' ? 'own' : operation.map,
  map: undefined,
  key: typeof operation.map === 'number' ? 'unsure' : 'missing',
  stored: null,
  values: null,
  size: operation.size ?? 0,
  fitting: false,
  irql: 0,
  misuses: [],
  answer: null,
});

/** The helper calls of a trace, kept once for all monitors. */
export const helperCallsOf = onePerTrace((trace) => {
  const lives = livesOf(trace);
  const calls = new HelperCalls(lives.book);
  return Object.assign(calls, { handlers: inOrder(lives.handlers, calls.handlers) });
});
