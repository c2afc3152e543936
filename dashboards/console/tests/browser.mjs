// How does a test look at a page? Chromium, with a watch on what no page may do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export async function browser() {
  const started = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'] });
  process.on('exit', () => void started.close());
  return started;
}

/** A context whose pages may neither err, nor break the policy, nor leave the origin. `faults` holds what they did. */
export async function visitor(started, origin, { lang = 'zh', theme = 'light', tour = false } = {}) {
  const context = await started.newContext({ viewport: { width: 1440, height: 900 }, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: theme, baseURL: origin, reducedMotion: 'reduce' });
  const faults = [];
  await context.addInitScript(([language, dark, seen]) => {
    if (!localStorage.getItem('vestigo.lang')) localStorage.setItem('vestigo.lang', language);
    localStorage.setItem('vestigo.theme', dark);
    if (seen) localStorage.setItem('vestigo.tour', 'seen');
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  }, [lang, theme, !tour]);
  context.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`left the origin: ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    // What the network refuses is told in the page; a policy or React that complains is a fault.
    if (message.type() === 'error' && !/Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  return { context, page, faults };
}

/** No serious violation, by axe. It runs in an isolated world, so that the policy stays as it is. */
export async function accessible(page, where) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  await run(`${axeSource};0`);
  const found = await run(`axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))}))))`);
  await session.detach();
  const serious = JSON.parse(found).filter((violation) => violation.impact === 'serious' || violation.impact === 'critical');
  assert.deepEqual(serious, [], `axe at ${where}: ${JSON.stringify(serious, null, 1)}`);
}
