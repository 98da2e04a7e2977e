/**
 * ABI-015, a MUST for the provider.
 * Source: include/ebpf_extension.h:
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/**
 * ABI-015: what the callbacks declare, and what they answer with when every argument is another
 * one.
 */
const watchSignatures: Watch = (say, trace) => {
  const results = /^(preprocess_|postprocess_map_find_element)/;
  return {
    registered: (event) => {
      const table = event.inert ? null : event.facts.data?.base_provider_table;
      const [first] = table?.surplus ?? [];
      if (!first) return;
      say.violated(
        event,
        'callbacks have the signatures of the header',
        `${first} declares more parameters than the contract has`,
      );
    },
    'callback-returned': (event) => {
      if (!/^(pre|post)process_/.test(event.callback)) return;
      const wide = event.damage.find(
        (one) => one.what === 'overrun' && one.buffer === 'actual_value_size',
      );
      if (wide) {
        say.violated(
          event,
          'actual_value_size is a uint32_t',
          'bytes beyond its four were written',
        );
      }
      if (event.result === null || !results.test(event.callback)) {
        if (!results.test(event.callback)) say.exercised();
        return;
      }
      if (event.result.startsWith('not a result')) {
        say.violated(
          event,
          `${event.callback} returns an ebpf_result_t`,
          `it returned something that is ${event.result}`,
        );
      } else if (trace.call(event.call)) {
        say.exercised();
      }
    },
  };
};

export const rule: Requirement = {
  id: 'ABI-015',
  asks:
    'Callbacks have exactly the signatures of the header: nine arguments for find and ' +
    'update, seven for create and delete, size_t of eight bytes, flags of 32 bits.',
  passing:
    'Every callback was called with arguments that differ in all positions and answered with a result of the enum.',
  look: 'The prototypes of the callbacks; assign them without a cast, so that the compiler checks them.',
  watch: watchSignatures,
};
