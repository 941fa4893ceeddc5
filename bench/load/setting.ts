import { type LoadClient, startLoadClient } from './client.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** What a benchmark of the running product has around it, each in processes of its own. */
export interface Setting {
  world: World;
  client: LoadClient;
  receiver: Receiver;
}

/** Runs `measure` with a world, a client and an OTLP receiver; ends them all, however it went. @param keep of the receiver */
export const inSetting = async <T>(
  { keep = false, ...options }: WorldOptions & { keep?: boolean },
  measure: (setting: Setting) => Promise<T>,
): Promise<T> => {
  const receiver = await startReceiver({ keep });
  const client = startLoadClient();
  let world: World | undefined;
  try {
    world = await startWorld(options);
    return await measure({ world, client, receiver });
  } finally {
    await client.stop();
    await receiver.stop();
    await world?.close();
  }
};

/** Adds what one run has measured to the samples of its variant. */
export const addSamples = (of: Record<string, number[]>, metrics: Readonly<Record<string, number>>): void => {
  for (const [metric, value] of Object.entries(metrics)) {
    of[metric] ??= [];
    of[metric]?.push(value);
  }
};
