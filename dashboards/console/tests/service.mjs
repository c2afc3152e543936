// How does a test get a real service? The built binary, a simulated city, a port of its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');
const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
const built = [join(target, 'release/vestigo'), join(target, 'debug/vestigo')].filter(existsSync).toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
/** The binary that was built last. */
export const BINARY = process.env.VESTIGO_BIN ?? built[0];
if (!BINARY) throw new Error('no binary: cargo build first, or set VESTIGO_BIN');

export const free = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, test, ms = 120_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await Promise.resolve(test()).catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
    await pause(100);
  }
}

/** A folder that goes away with the process. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'vestigo-console-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A service; `accounts`: with a table [access]; `more` is added to the pipeline file. */
export class Service {
  constructor({ accounts, port, home, more = '' }) {
    this.home = home;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    const city = readFileSync(join(ROOT, 'pipelines/city.toml'), 'utf8');
    this.pipeline = join(home, 'pipeline.toml');
    writeFileSync(this.pipeline, city.replace('../models/', `${ROOT}/models/`) + (accounts ? '\n[access]\nsession_hours = 12\n' : '') + more);
  }

  async start() {
    const env = {
      ...process.env, VESTIGO_KEY: 'env:CONSOLE_TEST_KEY', CONSOLE_TEST_KEY: '0123456789abcdef0123456789abcdef',
      VESTIGO_STATE: join(this.home, 'state'), VESTIGO_OUT: join(this.home, 'out'), VESTIGO_MESSAGES: join(this.home, 'messages'),
      VESTIGO_EVENTS: join(this.home, 'inbox'), VESTIGO_LISTEN: `127.0.0.1:${this.port}`,
    };
    this.log = '';
    this.child = spawn(BINARY, ['run', this.pipeline], { env, cwd: this.home, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (text) => (this.log = (this.log + text).slice(-4000)));
    this.stopOnExit ??= process.on('exit', () => this.child.kill('SIGKILL'));
    await until('the service is ready', async () => {
      if (this.child.exitCode !== null) throw new Error(`the service ended: ${this.log}`);
      return (await fetch(`${this.url}/health/ready`)).ok;
    });
    return this;
  }

  async stop() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await ended;
  }

  token() {
    return readFileSync(join(this.home, 'state/access/setup-token'), 'utf8').trim();
  }
}

export function simulate(out, enterprises, days) {
  const made = spawnSync(BINARY, ['simulate', '--seed', '7', '--enterprises', String(enterprises), '--days', String(days), '--out', out]);
  if (made.status !== 0) throw new Error(String(made.stderr));
}

/** Hands a city to a service in order of time; all at once unless told a pace. */
export function feed(service, city, key, pace = ['--days-per-minute', '0']) {
  const child = spawn(BINARY, ['feed', join(city, 'events-*.ndjson'), '--url', service.url, ...pace], { env: { ...process.env, ...(key ? { VESTIGO_API_KEY: key } : {}) }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  /** When the part before the paced days is in. */
  const past = new Promise((done) => child.stderr.on('data', (text) => /events up to .* are in/.test((said += text)) && done()));
  const ended = new Promise((done, fail) => child.once('exit', (code) => (code === 0 || code === null ? done() : fail(new Error(said)))));
  process.on('exit', () => child.kill('SIGKILL'));
  ended.catch(() => {});
  return { child, ended, past };
}

/** A caller of the API, as an account. */
export class Account {
  constructor(service) {
    this.service = service;
  }

  async logIn(name, password) {
    const answer = await fetch(`${this.service.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password }) });
    if (!answer.ok) throw new Error(`log in: ${answer.status} ${await answer.text()}`);
    this.cookie = answer.headers.get('set-cookie').split(';')[0];
    const me = await answer.json();
    this.csrf = me.csrf;
    this.id = me.id;
    return this;
  }

  async ask(method, path, body, headers = {}) {
    const answer = await fetch(`${this.service.url}${path}`, {
      method, headers: { cookie: this.cookie, 'x-csrf-token': this.csrf, ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  async get(path) {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
