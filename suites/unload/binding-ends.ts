/** The callbacks at the end of a binding. */

export const detach = 'ProviderDetachClient';
export const cleanup = 'ProviderCleanupBindingContext';
