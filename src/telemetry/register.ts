/**
 * The preload: `node --import ./src/telemetry/register.ts src/main.ts`.
 * Runs before anything that is to be instrumented is loaded.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Before anything else is loaded, hence no other static import: what it compiles is not compiled again the next time.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/sidechain', import.meta.url)));

try {
  const [{ readConfig }, { setTelemetry }] = await Promise.all([import('../config/index.ts'), import('./running.ts')]);
  const config = readConfig(process.env, process.argv.slice(2));
  // Read once, here and nowhere else: the exporters would read the same variables again, and differently.
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];

  // Off means off: nothing of tracing is even loaded.
  if (config.OTEL_ENABLED) {
    const [{ startTelemetry }, { telemetryOptions }, { configureProcessLogging }] = await Promise.all([
      import('./sdk.ts'),
      import('./options.ts'),
      import('./process-logging.ts'),
    ]);
    const options = telemetryOptions(config);
    const viewer = config.TRACE_VIEWER ? (await import('./viewer/open-viewer.ts')).openViewer(config) : undefined;
    configureProcessLogging(config, viewer && ((line) => viewer.ring.takeLine(line)));
    setTelemetry(config, startTelemetry(options, viewer));
  } else {
    const { configureProcessLogging } = await import('./process-logging.ts');
    configureProcessLogging(config);
    setTelemetry(config, undefined);
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sidechain: ${reason}\n`);
  process.exit(1);
}
