/**
 * Runs before every npm script, with nothing but Node's built-ins: installs what is missing, sees to it that `node` is the version that
 * the project brings along, and generates the database client. Says nothing and takes no time when there is nothing to do.
 * Its syntax is old on purpose: an old Node must be able to read it as far as the line that says so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (path) => join(root, path);
const say = (line) => process.stderr.write(`sidechain: ${line}\n`);

const fail = (line) => {
  say(line);
  process.exit(1);
};

const hash = (text) => createHash('sha256').update(text).digest('hex');

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST_NODE)
  fail(`this is Node ${process.versions.node}; Node ${OLDEST_NODE} or later is needed to install the rest`);

const omitsDev = process.env.NODE_ENV === 'production' || (process.env.npm_config_omit || '').includes('dev');
const lockText = readFileSync(inRoot('package-lock.json'), 'utf8');
const pinned = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).dependencies.node;
const wanted = {
  packages: `${hash(lockText)} ${process.platform}-${process.arch}${omitsDev ? ' without dev' : ''}`,
  client: hash(readFileSync(inRoot('prisma/schema.prisma'), 'utf8') + lockText),
};

const STAMP = inRoot('node_modules/.sidechain.json');
const stamp = () => readJson(STAMP) || {};
const writeStamp = (change) => {
  const half = `${STAMP}.${process.pid}`;
  try {
    writeFileSync(half, JSON.stringify(Object.assign(stamp(), change)));
    renameSync(half, STAMP);
  } catch {
    // A read-only checkout: the next start looks again.
  }
};

const isInstalled = () => stamp().packages === wanted.packages && existsSync(inRoot('node_modules/.bin/node'));
const isGenerated = () => stamp().client === wanted.client && existsSync(inRoot('src/data/prisma/client.ts'));

/** Whether node_modules is what the lock file says, although it was not us who installed it. */
const matchesLock = () => {
  const there = readJson(inRoot('node_modules/.package-lock.json'));
  if (!there) return false;
  return Object.entries(JSON.parse(lockText).packages).every(([path, info]) => {
    if (path === '' || info.optional || info.devOptional || (info.dev && omitsDev)) return true;
    const found = there.packages[path];
    return found !== undefined && found.version === info.version;
  });
};

/** The PATH of whoever called npm: what runs the installation must not be replaced by it. */
const outerPath = (process.env.PATH || '')
  .split(delimiter)
  .filter((entry) => !/node_modules[\\/]\.bin[\\/]?$/.test(entry))
  .join(delimiter);
const installEnv = Object.assign({}, process.env, {
  PATH: outerPath,
  // Nothing is fetched but from the registry, and nothing is reported to anyone.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  CHECKPOINT_DISABLE: '1',
  SCARF_ANALYTICS: 'false',
});

const npm = (...args) => {
  const cli = process.env.npm_execpath;
  // By the same npm that called us, under the Node of the machine.
  const [command, first] = cli?.endsWith('.js') ? ['node', [cli]] : ['npm', []];
  return (
    spawnSync(command, first.concat(args), { cwd: root, env: installEnv, stdio: ['ignore', 'ignore', 'inherit'] })
      .status === 0
  );
};

const install = () => {
  if (existsSync(inRoot('node_modules')) && matchesLock()) return;
  const count = Object.keys(JSON.parse(lockText).packages).length - 1;
  say(
    `installing ${count} packages${existsSync(inRoot('node_modules')) ? ', since package-lock.json has changed' : ''}; this takes a moment...`,
  );
  const started = Date.now();
  if (!npm('ci', '--loglevel=error', '--no-audit', '--no-fund')) fail('npm ci failed; what it said is above');
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s`);
};

const versionOf = (command, path) => {
  try {
    const env = Object.assign({}, process.env, path === undefined ? {} : { PATH: path });
    return execFileSync(command, ['--version'], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .slice(1);
  } catch {
    return undefined;
  }
};

/** npm does not run install scripts where it was told so; that of `node` puts the binary in its place. */
const bringNode = () => {
  const local = inRoot('node_modules/.bin/node');
  if (versionOf(local) === pinned) return;
  say(`fetching Node ${pinned}...`);
  spawnSync('node', ['installArchSpecificPackage'], {
    cwd: inRoot('node_modules/node'),
    env: installEnv,
    stdio: 'ignore',
  });
  if (!existsSync(local) && existsSync(inRoot('node_modules/node/bin/node')))
    npm('rebuild', 'node', '--ignore-scripts', '--loglevel=error');
  if (versionOf(local) === pinned) return;
  fail(`Node ${pinned} could not be put into node_modules: run \`npm rebuild node --foreground-scripts\` to see why`);
};

const generate = () => {
  if (isGenerated()) return;
  const env = Object.assign({}, process.env, {
    // `generate` has no use for that engine and would download it all the same; any program will do.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  const node = inRoot('node_modules/.bin/node');
  const result = spawnSync(node, [inRoot('node_modules/prisma/build/index.js'), 'generate'], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (result.status !== 0) fail(`the database client could not be generated:\n${result.stdout}${result.stderr}`);
  writeStamp({ client: wanted.client });
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Two scripts started at once must not both install. Outside of the project, since npm ci empties node_modules. */
const withLock = (work) => {
  const folder = join(tmpdir(), `sidechain-bootstrap-${hash(root).slice(0, 16)}`);
  let told = false;
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`cannot write to ${tmpdir()} (${error.code})`);
    }
    const holder = readJson(join(folder, 'holder.json'));
    if (holder && !isAlive(holder.pid)) {
      // By renaming, so that only one of those who see this removes it.
      const aside = `${folder}.${process.pid}`;
      try {
        renameSync(folder, aside);
        rmSync(aside, { recursive: true, force: true });
      } catch {
        // Another was faster.
      }
      continue;
    }
    if (!told && holder) say(`another npm script (process ${holder.pid}) is installing; waiting for it`);
    told = told || Boolean(holder);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', release);
  writeFileSync(join(folder, 'holder.json'), JSON.stringify({ pid: process.pid }));
  work();
};

if (!isInstalled() || !isGenerated()) {
  withLock(() => {
    if (!isInstalled()) {
      install();
      bringNode();
      writeStamp({ packages: wanted.packages });
    }
    generate();
  });
}
