// What does every screen look like, in both languages, light and dark? Walked, checked by axe, and kept in docs/screens.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessible, browser, visitor } from './browser.mjs';
import { writeSmall } from './png.mjs';
import { feed, folder, free, pause, ROOT, Service, simulate, until } from './service.mjs';

const out = process.env.SCREENS ?? join(ROOT, 'docs/screens');
const home = folder();
let service;
let chrome;
let screens;

async function get(path) {
  const answer = await fetch(`${service.url}${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

before(async () => {
  mkdirSync(out, { recursive: true });
  service = await new Service({ accounts: false, port: await free(), home }).start();
  chrome = await browser();
  const city = join(home, 'city');
  simulate(city, 1500, 540);
  await feed(service, city).ended;
  let idle = 0;
  await until('everything that came is judged', async () => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const depths = [...metrics.matchAll(/^vestigo_queue_depth\{.*\} (\d+)$/gm)].map(([, depth]) => Number(depth));
    if (depths.length === 0) throw new Error('no queue is told of');
    idle = depths.every((depth) => depth === 0) ? idle + 1 : 0;
    await pause(500);
    return idle >= 3;
  });
  const { pairs } = await get('/api/v1/pairs?limit=20');
  const { warnings } = await get('/api/v1/warnings?kind=vest_switch&limit=5');
  const { enterprises } = await get('/api/v1/enterprises?limit=1');
  const { tasks } = await get('/api/v1/tasks?state=dispatched&level=red&limit=50');
  const flows = (await get('/api/v1/warnings?limit=200')).warnings.find((one) => one.kind.startsWith('flow_') && one.subject);
  const pair = pairs.find((one) => one.families.length > 5) ?? pairs[0];
  screens = [
    ['alerts', `/alerts?at=${encodeURIComponent(warnings[0]?.id ?? '')}`],
    ['enterprises', '/enterprises'],
    ['enterprise', `/enterprises/${enterprises[0].uscc}`],
    ['pairs', '/pairs'],
    ['pair', `/pairs/${encodeURIComponent(pair.id)}`],
    ['graph', `/graph/${pair.predecessor}`],
    ['funds', `/funds/${flows?.subject ?? pair.predecessor}`],
    ['dispatch', '/dispatch'],
    ['unit', '/dispatch/unit'],
    ['command', '/dispatch/command'],
    ['task', `/tasks/${encodeURIComponent((tasks.find((one) => one.role === 'lead' && one.warning.startsWith('vest_switch')) ?? tasks[0]).id.replaceAll('/', '~'))}`],
    ['models', '/models'],
    ['quality', '/quality'],
    ['audit', '/audit'],
    ['system', '/system'],
  ];
});

after(async () => {
  await chrome?.close();
  await service?.stop();
});

for (const lang of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    test(`every screen, ${lang}, ${theme}`, async (t) => {
      const { page, faults, context } = await visitor(chrome, service.url, { lang, theme });
      const wrong = [];
      for (const [name, path] of screens) {
        const start = performance.now();
        await page.goto(path);
        await page.locator('main h1, main h2').first().waitFor();
        await page.locator('.waiting').first().waitFor({ state: 'detached', timeout: 20_000 });
        t.diagnostic(`${name}: ${Math.round(performance.now() - start)} ms`);
        await pause(600);
        assert.equal(await page.evaluate(() => document.documentElement.lang), lang === 'zh' ? 'zh-CN' : 'en');
        wrong.push(...(await page.locator('.problem').allTextContents()).map((text) => `${name}: ${text}`));
        await accessible(page, `${name} ${lang} ${theme}`).catch((error) => wrong.push(error.message));
        const bytes = writeSmall(join(out, `${name}-${lang}-${theme}.png`), await page.screenshot());
        assert.ok(bytes < 200_000, `${name}: ${bytes} bytes`);
      }
      assert.deepEqual([...wrong, ...faults], []);
      await context.close();
    });
  }
}

test('the first page is interactive soon, a profile opens soon', async (t) => {
  const { page, context } = await visitor(chrome, service.url);
  const start = performance.now();
  await page.goto('/alerts');
  await page.locator('.alertlist .alert').first().waitFor();
  t.diagnostic(`first page with rows: ${Math.round(performance.now() - start)} ms`);
  const { enterprises } = await get('/api/v1/enterprises?limit=20');
  const times = [];
  await page.goto('/enterprises');
  for (const firm of enterprises.slice(0, 8)) {
    const link = page.getByRole('link', { name: firm.name, exact: true }).first();
    await link.waitFor();
    const begin = performance.now();
    await link.click();
    await page.locator('.firmhead h1', { hasText: firm.name }).waitFor();
    await page.locator('.waterfall').first().waitFor();
    times.push(performance.now() - begin);
    await page.goBack();
  }
  t.diagnostic(`a profile opens: median ${Math.round(times.toSorted((a, b) => a - b)[4])} ms`);
  await context.close();
});
