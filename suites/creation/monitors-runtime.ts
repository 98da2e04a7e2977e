/** Monitors of what the runtime owes a provider and its caller when a map is created. */
import type { Watch } from '../../harness/index.ts';
import { keyName, livesOf } from '../map-lives.ts';
import { lacking, registrationsOf } from '../registration-facts.ts';
import { together } from '../together.ts';

const create = 'preprocess_map_create';
/** Larger tables may be refused for want of memory. */
const modestBytes = 4096;
const modestEntries = 1_000_000;

/** CRE-001: one create per map, after attach and before everything else. */
export const watchCreateOnce: Watch = (say) => {
  const attached = new Set<string>();
  const created = new Set<string>();
  return {
    'binding-state': (event) => {
      if (event.state === 'attached') attached.add(event.binding);
    },
    'callback-entered': (event) => {
      const { map, callback } = event;
      if (event.direct || map === undefined || !/^(pre|post)process_/.test(callback)) return;
      if (callback !== create) {
        if (!created.has(map))
          say.violated(
            event,
            `${create} before any other callback of a map`,
            `${callback} came first for ${map}`,
          );
        return;
      }
      say.exercised();
      if (created.has(map))
        say.violated(event, `${create} exactly once per map`, `it was called again for ${map}`);
      if (event.binding !== undefined && !attached.has(event.binding)) {
        say.violated(
          event,
          `${create} after the attach`,
          `it was called for ${map} before ${event.binding} was attached`,
        );
      }
      created.add(map);
    },
  };
};

/** CRE-002: what the caller declared arrives unchanged. */
export const watchArguments: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  return together(handlers, {
    'callback-entered': (event) => {
      if (event.callback !== create || event.direct) return;
      const operation = trace.operation(event.op)?.operation;
      if (operation?.op !== 'create') return;
      const own = registrations.facts.get(event.registration ?? '')?.data?.map_type ?? undefined;
      const pairs = [
        ['map_type', operation.map_type ?? own, event.map_type],
        ['key_size', operation.key_size, event.create_key_size],
        ['value_size', operation.value_size, event.create_value_size],
        ['max_entries', operation.max_entries, event.max_entries],
      ] as const;
      say.exercised();
      for (const [name, declared, given] of pairs) {
        if (declared === undefined || declared === given) continue;
        say.violated(
          event,
          `${name} as the caller declared it, ${declared}`,
          `${create} was given ${given}`,
        );
      }
    },
  });
};

/** CRE-014: no map for a transforming provider without its CRUD callbacks. */
export const watchMissingCallbacks: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const incomplete = (map_type: number | undefined): boolean =>
    [...registrations.facts.values()].some(
      (facts) =>
        lacking(facts).length > 0 && (map_type === undefined || facts.data?.map_type === map_type),
    );
  return together(handlers, {
    'map-created': (event) => {
      const facts = registrations.facts.get(event.registration);
      const lacks = facts ? lacking(facts) : [];
      if (lacks.length === 0) return;
      say.violated(
        event,
        'creation fails when a provider that changes values lacks a CRUD callback',
        `${event.map} was created without ${lacks.join(', ')}`,
      );
    },
    'operation-ended': (event) => {
      const { operation } = event;
      if (operation.op !== 'create' || event.result === 'EBPF_SUCCESS') return;
      if (incomplete(operation.map_type)) say.exercised();
    },
  });
};

/** CRE-015: a size that does not fit makes the creation fail. */
export const watchSizeChecked: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const bad = new Map<string, number>();
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result !== 'EBPF_SUCCESS')
        return;
      const size = event.actual_value_size;
      if (typeof size !== 'number' || call.map === undefined) return;
      const fits =
        registrations.transforms(call.registration, trace) || size === call.create_value_size;
      if (size !== 0 && fits) return;
      bad.set(call.map, size);
      say.exercised();
    },
    'map-created': (event) => {
      const size = bad.get(event.map);
      if (size === undefined) return;
      say.violated(
        event,
        'creation fails when *actual_value_size does not fit',
        `${event.map} was created with value_size ${event.value_size} and *actual_value_size ${size}`,
      );
    },
  });
};

/** CRE-016: what create made is deleted when the creation fails afterwards. */
export const watchUndoneCreate: Watch = (say, trace) => {
  const made = new Map<
    string,
    { context: string | null; deletes: number; op: number; failed: boolean }
  >();
  let whole = true;
  return {
    lost: () => void (whole = false),
    'bound-reached': () => void (whole = false),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || call?.map === undefined || call.direct) return;
      if (event.result === 'EBPF_SUCCESS')
        made.set(call.map, {
          context: event.context ?? null,
          deletes: 0,
          op: call.op,
          failed: false,
        });
    },
    'map-created': (event) => void made.delete(event.map),
    'callback-entered': (event) => {
      const known =
        event.callback === 'postprocess_map_delete' && !event.direct && made.get(event.map ?? '');
      if (known) known.deletes += 1;
    },
    'operation-ended': (event) => {
      if (event.operation.op !== 'create' || event.result === 'EBPF_SUCCESS') return;
      for (const known of made.values()) if (known.op === event.op) known.failed = true;
    },
    end: (last) => {
      if (!whole) return;
      for (const [map, known] of made) {
        if (!known.failed || (known.context === null && known.deletes <= 1)) continue;
        say.exercised();
        if (known.deletes === 1) continue;
        say.violated(
          last,
          'postprocess_map_delete exactly once when a creation fails after preprocess_map_create succeeded',
          `${known.deletes} calls for ${map}`,
        );
      }
    },
  };
};

/** CRE-017: the caller hears of a failing create. */
export const watchFailureReported: Watch = (say, trace) => {
  const refused = new Map<number, string>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result === 'EBPF_SUCCESS')
        return;
      refused.set(call.op, event.result ?? '');
    },
    'operation-ended': (event) => {
      const code = refused.get(event.op);
      if (event.operation.op !== 'create' || code === undefined) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        'a creation that the provider refused fails',
        `the provider answered ${code} and the caller got EBPF_SUCCESS`,
      );
    },
  };
};

/** CRE-018: stored values may be larger; users go on seeing the declared size. */
export const watchLargerValues: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const larger = new Set<number>();
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result !== 'EBPF_SUCCESS')
        return;
      const facts = registrations.facts.get(call.registration ?? '');
      const size = event.actual_value_size ?? 0;
      const modest =
        size <= modestBytes &&
        (call.create_key_size ?? 0) <= modestBytes &&
        (call.max_entries ?? 0) <= modestEntries;
      if (
        !facts?.data?.base_properties?.updates_original_value ||
        lacking(facts).length > 0 ||
        !modest
      )
        return;
      if (size > (call.create_value_size ?? 0)) larger.add(call.op);
    },
    'operation-ended': (event) => {
      const { operation } = event;
      if (operation.op === 'create' && larger.has(event.op)) {
        say.exercised();
        if (event.result === 'EBPF_SUCCESS' || event.result === 'EBPF_NO_MEMORY') return;
        say.violated(
          event,
          'an actual_value_size larger than value_size is supported',
          `the creation failed with ${event.result}`,
        );
      }
      if (operation.op !== 'info' || event.result !== 'EBPF_SUCCESS') return;
      const map = trace.map(event.map);
      const shown = (event.out as { value_size?: unknown } | null)?.value_size;
      if (!map || typeof shown !== 'number' || map.actual_value_size <= map.value_size) return;
      say.exercised();
      if (shown === map.value_size) return;
      say.violated(
        event,
        `map info shows the declared value_size ${map.value_size}`,
        `it shows ${shown}`,
      );
    },
  });
};

/** CRE-020: max_entries is the runtime's to enforce. */
export const watchMaxEntries: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const before = new Map<number, number>();
  return together(handlers, {
    'operation-started': (event) => {
      const life = lives.mapOf(event.op);
      const { operation } = event;
      if (!life || operation.op !== 'update' || life.entries.has(keyName(operation))) return;
      before.set(event.op, life.entries.size);
    },
    'operation-ended': (event) => {
      const held = before.get(event.op);
      const life = lives.mapOf(event.op);
      const max = life?.created.max_entries ?? 0;
      if (held === undefined || !life?.sure || max === 0 || held < max) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        `no more than max_entries, ${max}`,
        `an update of another key succeeded in ${life.map}, which held ${held}`,
      );
    },
  });
};
