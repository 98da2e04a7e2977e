/**
 * CRUD-FIND for providers: what find writes, what it leaves alone, and that nothing is owned
 * afterwards.
 */
import type { EventOf } from '../../harness/index.ts';

export type Returned = EventOf<'callback-returned'>;
