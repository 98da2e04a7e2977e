/** Names in a trace of what the observing provider knows by number. */
import { FOREIGN } from '../adapters/observer-layout.ts';
import type { Recorder } from '../trace/recorder.ts';

type Registrant = { label: string; transforms: boolean; sizes: readonly number[] };

export class ObservedLabels {
  private readonly recorder: Recorder;
  private readonly providers: Registrant[] = [];
  private readonly bindings = new Map<number, string>();
  private readonly contexts = new Map<number, string>();
  private readonly maps = new Map<number, string>();

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** A provider by the observer's number; header.size of data, properties and table. */
  addProvider(provider: number, facts: Registrant): void {
    this.providers[provider] = facts;
  }

  registration(provider: number): string {
    return this.providers[provider]?.label ?? 'no registration';
  }

  transforms(provider: number): boolean {
    return this.providers[provider]?.transforms ?? false;
  }

  /** header.size of a structure. */
  sizeOf(provider: number, structure: number): number {
    return this.providers[provider]?.sizes[structure] ?? 0;
  }

  /** A new name for a binding that begins. */
  freshBinding(binding: number): string {
    const label = this.recorder.fresh('binding');
    this.bindings.set(binding, label);
    return label;
  }

  binding(binding: number): string {
    return this.bindings.get(binding) ?? 'no binding';
  }

  bindingContext(binding: number): string | null {
    return binding === 0 ? null : this.recorder.label('context', `binding context ${binding}`);
  }

  /** Of a map; one that was not seen before gets its name here. */
  context(context: number): string | null {
    if (context === 0) return null;
    const known = this.contexts.get(context);
    if (known !== undefined) return known;
    const label = this.recorder.label('context', `map context ${context}`);
    this.contexts.set(context, label);
    return label;
  }

  /** The context as a callback was handed it, which may be nobody's. */
  handedContext(context: number): string | null {
    return context === FOREIGN ? this.recorder.label('context', 'foreign') : this.context(context);
  }

  /** Which map a context turned out to be of. */
  tellMap(context: number, map: string): void {
    this.maps.set(context, map);
  }

  mapOf(context: number): string | undefined {
    return this.maps.get(context);
  }
}
