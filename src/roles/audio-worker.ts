import type { Role, RoleOptions } from './role.ts';

/** Turns uploads into playable loops. */
export const startAudioWorker = async (_options: RoleOptions): Promise<Role> => ({ stop: async () => {} });
