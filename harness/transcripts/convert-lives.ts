/**
 * Who is who in a transcript: its binding and context names (b1, c1) as labels of a trace, and
 * which map a callback was for. A transcript names bindings and contexts, a trace also maps.
 */
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { ObservedCallback } from './transcript.ts';

/** One attach, and what became of it. */
export type ConvertedBinding = {
  label: string;
  registration: string;
  /** Label of the context that attach put out; null: NULL or none. */
  context: string | null;
  hasCleanup: boolean;
  attached: boolean;
  cleaned: boolean;
  map: ConvertedMap | null;
};

/** One map instance, from the step that asked for it. */
export type ConvertedMap = {
  label: string;
  slot: number;
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
  binding: ConvertedBinding | null;
  actual_value_size: number;
  context: string | null;
  references: number;
  /** postprocess_map_delete was seen. */
  deleted: boolean;
  gone: boolean;
};

/** A provider of the transcript: its registration, once it has one. */
export type ConvertedProvider = {
  number: number;
  label: string | null;
  facts: RegistrationFacts;
  left: boolean;
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The bindings and maps of one transcript. */
export class ConvertedLives {
  readonly bindings: ConvertedBinding[] = [];
  readonly maps: ConvertedMap[] = [];
  private readonly recorder: Recorder;
  private readonly byContext = new Map<string, ConvertedMap>();

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** Label of a context as the transcript names it; null for NULL and for what was not written. */
  context(name: unknown): string | null {
    const word = text(name);
    return word === null || word === 'unset' ? null : this.recorder.label('context', word);
  }

  /** Bindings are numbered by attach, also where attach failed or put NULL out. */
  attach(registration: string, hasCleanup: boolean): ConvertedBinding {
    const made: ConvertedBinding = {
      label: this.recorder.fresh('binding'),
      registration,
      context: null,
      hasCleanup,
      attached: false,
      cleaned: false,
      map: null,
    };
    this.bindings.push(made);
    return made;
  }

  /** The map that a context was put out for. */
  owns(context: string | null, map: ConvertedMap): void {
    if (context !== null) this.byContext.set(context, map);
  }

  /**
   * The binding that a callback names. A NULL binding context names none: then the map's own is
   * meant, and in a creation the one that was attached last.
   */
  bindingOf(callback: ObservedCallback, current: ConvertedMap | null): ConvertedBinding | null {
    const name = text(callback.args?.['binding']);
    if (name !== null) return this.bindings[Number(name.slice(1)) - 1] ?? null;
    const owner = this.byContext.get(this.context(callback.args?.['map_context']) ?? '') ?? current;
    return owner?.binding ?? this.bindings.findLast((one) => one.attached && !one.map) ?? null;
  }

  /** The map that a callback was for: by context, then by binding, then by the step. */
  mapOf(callback: ObservedCallback, current: ConvertedMap | null): ConvertedMap | null {
    const owner = this.byContext.get(this.context(callback.args?.['map_context']) ?? '');
    return owner ?? this.bindingOf(callback, current)?.map ?? current;
  }
}
