/** The observing providers of a run behind a runtime's port as they register and leave. */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { readFacts } from '../adapters/module-facts.ts';
import type { Observation } from '../explore/observation.ts';
import { ObservingProvider } from '../explore/observing-provider.ts';
import type { RuntimePort } from '../provider/runtime-port.ts';
import type { Operation } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';
import { noSuchProvider, type Answer } from './answer.ts';

type State = 'live' | 'leaving' | 'gone';
type Registrant = { provider: ObservingProvider; handle: bigint; state: State };

export class PortRegistrants {
  private readonly port: RuntimePort;
  private readonly observation: Observation;
  private readonly recorder: Recorder;
  private readonly all = new Map<number, Registrant>();

  constructor(port: RuntimePort, observation: Observation) {
    this.port = port;
    this.observation = observation;
    this.recorder = observation.recorder;
  }

  /** Slots of the plan that a provider was registered in. */
  numbers(): number[] {
    return [...this.all.keys()];
  }

  stateOf(number: number): State | undefined {
    return this.all.get(number)?.state;
  }

  register({ provider: number, as }: Extract<Operation, { op: 'register' }>): Answer {
    const { observation, recorder, port } = this;
    const provider = new ObservingProvider(as, observation);
    provider.label = recorder.fresh('registration');
    const guid = `0b5e27e0-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    const characteristics = provider.characteristics(guid);
    const facts = observation.quietly(() => readFacts(characteristics));
    const inert = facts.NpiId !== EBPF_MAP_INFO_EXTENSION_IID;
    // Attaches that come with the registration are seen after it.
    recorder.record({
      kind: 'registered',
      registration: provider.label,
      facts,
      status: 'STATUS_SUCCESS',
      inert,
    });
    const { status, handle } = port.nmr_register_provider(characteristics, null);
    this.all.set(number, {
      provider,
      handle,
      state: status === 'STATUS_SUCCESS' ? 'live' : 'gone',
    });
    return { result: status };
  }

  deregister(number: number): Answer {
    const one = this.all.get(number);
    if (!one || one.state !== 'live') return noSuchProvider;
    const { label } = one.provider;
    const status = this.port.nmr_deregister_provider(one.handle);
    const bindings = 0;
    this.recorder.record({ kind: 'deregister', registration: label, status, bindings });
    one.state = status === 'STATUS_SUCCESS' ? 'gone' : 'leaving';
    if (one.state === 'gone') this.recorder.record({ kind: 'deregistered', registration: label });
    return { result: status };
  }

  await(number: number): Answer {
    const one = this.all.get(number);
    if (!one || one.state !== 'leaving') return noSuchProvider;
    const registration = one.provider.label;
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    const status = this.port.nmr_wait_for_provider_deregister_complete(one.handle);
    if (status !== 'STATUS_SUCCESS') {
      this.recorder.record({ kind: 'deregister-wait', registration, phase: 'never' });
      return { result: status };
    }
    one.state = 'gone';
    this.recorder.record({ kind: 'deregistered', registration });
    this.recorder.record({ kind: 'deregister-wait', registration, phase: 'returned', status });
    return { result: status };
  }
}
