/** REG: what a provider registers, how it meets its clients, and whom a runtime binds to. */
import type { SubjectContext } from '../../harness/index.ts';
import { isMapRegistration } from '../discovery/structure.ts';

export const maps = (subject: SubjectContext) => subject.registrations.filter(isMapRegistration);
