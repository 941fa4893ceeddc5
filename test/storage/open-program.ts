import { registerHooks } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config/index.ts';
import { openStorage } from '../../src/integrations/storage/open-storage.ts';

/** Opens the storage that the environment names, waits for so many milliseconds, closes it, and must end by itself. */

let sdkModules = 0;
registerHooks({
  load: (url, context, next) => {
    if (url.includes('/@aws-sdk/')) sdkModules += 1;
    return next(url, context);
  },
});

const before = performance.now();
const storage = await openStorage(readConfig(process.env));
const took = performance.now() - before;
await sleep(Number(process.argv[2]));
await storage.close();
console.log(JSON.stringify({ system: storage.system, sdk: sdkModules > 0, took }));
