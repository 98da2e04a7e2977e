/**
 * Rules of memory, epoch, IRQL and NMR that a subject broke at the moment of a service call or
 * access.
 * @example const misuse: Misuse = 'free-twice';
 */
export type Misuse =
  | 'allocate-outside-epoch'
  | 'free-outside-epoch'
  | 'allocate-size-zero'
  | 'free-twice'
  | 'free-wrong-kind'
  | 'free-foreign'
  | 'epoch-exit-unmatched'
  | 'epoch-state-foreign'
  | 'epoch-state-small'
  | 'epoch-state-changed'
  | 'epoch-left-open'
  | 'epoch-irql'
  | 'wait-in-epoch'
  | 'find-outside-epoch'
  | 'find-wrong-map'
  | 'value-used-after-epoch'
  | 'use-after-free'
  | 'out-of-bounds'
  | 'null-access'
  | 'bad-access'
  | 'write-to-map'
  | 'client-context-used'
  | 'service-after-detach'
  | 'service-after-cleanup'
  | 'wait-at-dispatch'
  | 'pageable-at-dispatch'
  | 'lowered-irql'
  | 'lock-recursion'
  | 'lock-not-held'
  | 'deregister-bad-handle'
  | 'wait-bad-handle'
  | 'detach-complete-unexpected'
  | 'object-dereferenced-too-often';
