/**
 * The providers of a transcript: what they register, and their registrations as events of a trace.
 */
import { readFacts } from '../adapters/module-facts.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { ConvertedLives, ConvertedProvider } from './convert-lives.ts';
import { ProviderBehaviour, type ProviderConfig } from './provider-behaviour.ts';
import { Recording } from './recording.ts';
import { RecordingProvider } from './recording-provider.ts';
import type { StepArguments } from './transcript.ts';

/** A provider that is described and never called. */
const describe = (config: ProviderConfig): RecordingProvider => {
  const nobody = () => {
    throw new Error('a provider that is only described cannot be called');
  };
  const recording = new Recording({ currentMap: () => 0n, reenter: nobody });
  const host = { KeGetCurrentIrql: () => 0, memory: {} as never };
  return new RecordingProvider(new ProviderBehaviour(config), host, recording);
};

/** The providers of one transcript by the names it gives them. */
export class ConvertedProviders {
  readonly byName = new Map<string, ConvertedProvider>();
  private readonly described = new Map<string, RecordingProvider>();
  private readonly recorder: Recorder;
  private readonly lives: ConvertedLives;

  constructor(configs: readonly ProviderConfig[], recorder: Recorder, lives: ConvertedLives) {
    this.recorder = recorder;
    this.lives = lives;
    configs.forEach((config, number) => {
      const described = describe(config);
      const facts = readFacts(described.characteristics());
      this.described.set(config.p, described);
      this.byName.set(config.p, { number, label: null, facts, left: false });
    });
  }

  /** The provider edits its own structures while they are registered. */
  mutated(args: StepArguments): void {
    const provider = this.byName.get(args.p ?? '');
    const described = this.described.get(args.p ?? '');
    if (!provider || !described) return;
    described.mutate(args);
    provider.facts = readFacts(described.characteristics());
    if (provider.label === null) return;
    const paths = Object.keys(args).filter((name) => name !== 'p');
    this.recorder.record({
      kind: 'registration-changed',
      registration: provider.label,
      paths,
      when: 'between two operations',
      unreadable: null,
      by: 'provider',
      facts: provider.facts,
    });
  }

  /**
   * Writes what a step did to a registration; answers what it comes to in the registrar's words.
   */
  registrar(
    op: 'register' | 'deregister' | 'wait',
    provider: ConvertedProvider,
    result: string,
  ): string {
    const { recorder } = this;
    if (op === 'register') {
      provider.label = recorder.fresh('registration');
      provider.left = false;
      recorder.record({
        kind: 'registered',
        registration: provider.label,
        facts: provider.facts,
        status: result,
        inert: false,
      });
      return result;
    }
    const registration = provider.label;
    if (registration === null) return result;
    if (op === 'deregister') {
      // What the registrar would answer with STATUS_PENDING was seen as a call that had not
      // returned (C-28).
      const status = result === 'COMPLETE' ? 'STATUS_SUCCESS' : 'STATUS_PENDING';
      const bindings = this.lives.bindings.filter(
        (one) => one.registration === registration && one.attached && !one.cleaned,
      );
      recorder.record({ kind: 'deregister', registration, status, bindings: bindings.length });
      if (status === 'STATUS_SUCCESS') this.left(provider, registration);
      return status;
    }
    if (result !== 'COMPLETE') return 'STATUS_PENDING';
    recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    if (!provider.left) this.left(provider, registration);
    recorder.record({
      kind: 'deregister-wait',
      registration,
      phase: 'returned',
      status: 'STATUS_SUCCESS',
    });
    return 'STATUS_SUCCESS';
  }

  private left(provider: ConvertedProvider, registration: string): void {
    provider.left = true;
    this.recorder.record({ kind: 'deregistered', registration });
  }
}
