/** Monitors of the end of bindings, for providers: detach, cleanup, and the memory in between. */

export const detach = 'ProviderDetachClient';
export const cleanup = 'ProviderCleanupBindingContext';
