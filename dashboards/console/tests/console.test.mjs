// Can somebody do a day's work with it? From the first administrator to a report of another agency, with a real city.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessible, browser, visitor } from './browser.mjs';
import { Account, feed, folder, free, pause, Service, simulate, until } from './service.mjs';

const PASSWORD = 'a long enough password';
const home = folder();
const city = join(home, 'city');
let service;
let chrome;
let chief;
let key;

async function enter(page, name) {
  await page.goto('/');
  await page.getByLabel('账户名').fill(name);
  await page.getByLabel('密码').fill(PASSWORD);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '预警' }).waitFor();
}

/** Events that have not been handed in yet: the last part of the city. */
async function settled() {
  await until('everything is worked off', async () => {
    const status = await chief.get('/api/v1/status');
    return status.waiting_events === 0 && status.watermark;
  });
  // The engine's side follows the journal: the board stands when two looks are the same.
  let was = -1;
  await until('the board stands', async () => {
    const { total } = await chief.get('/api/v1/warnings?limit=1&count=true');
    const same = total > 0 && total === was;
    was = total;
    if (!same) await pause(1500);
    return same;
  });
}

before(async () => {
  service = await new Service({ accounts: true, port: await free(), home }).start();
  chrome = await browser();
  simulate(city, 700, 420);
});

after(async () => {
  await chrome?.close();
  await service?.stop();
});

test('the first administrator, the tour, and a board that says what to do', async () => {
  const { page, faults, context } = await visitor(chrome, service.url, { tour: true });
  await page.goto('/');
  await page.getByRole('heading', { name: '创建第一位管理员' }).waitFor();
  await accessible(page, 'setup');
  await page.getByLabel('一次性令牌').fill('wrong');
  await page.getByLabel('账户名').fill('chief');
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD);
  await page.getByLabel('再输一次密码').fill(PASSWORD);
  await page.getByRole('button', { name: '创建并登录' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('一次性令牌').fill(service.token());
  await page.getByRole('button', { name: '创建并登录' }).click();
  for (let step = 1; step < 5; step += 1) {
    await page.getByText(`第 ${step} 步，共 5 步`).waitFor();
    await page.getByRole('button', { name: '下一个' }).click();
  }
  await page.getByRole('button', { name: '开始使用' }).click();
  await page.getByText('还没有预警').waitFor();
  await accessible(page, 'the empty board');
  // A session survives a restart.
  await service.stop();
  await service.start();
  await page.reload();
  await page.getByRole('heading', { name: '预警' }).waitFor();
  chief = await new Account(service).logIn('chief', PASSWORD);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a city comes in', async () => {
  const made = await chief.ask('POST', '/api/v1/keys', { name: 'feeder', grant: { roles: ['feeder'], agency: null, divisions: [''] } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  key = made.body.key;
  // All but the last days: they come later, while somebody watches.
  const past = feed(service, city, key, ['--live-days', '25', '--days-per-minute', '0.00001']);
  await past.past;
  past.child.kill('SIGTERM');
  await settled();
});

test('from the alert to the evidence to a verdict, by keyboard alone', async () => {
  const truth = JSON.parse(readFileSync(join(city, 'truth.json'), 'utf8'));
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  await page.goto('/alerts?kind=vest_switch');
  const grid = page.getByRole('grid', { name: '预警列表' });
  await grid.getByRole('row').nth(1).waitFor();
  const planted = new Set(truth.successions.map((one) => `${one.predecessor}..${one.successor}`));
  // j walks down to one that was planted.
  let found;
  for (let step = 0; step < 60 && !found; step += 1) {
    await page.locator('.preview h2').waitFor();
    const href = await page.locator('.preview a', { hasText: '打开换马甲比对' }).first().getAttribute('href', { timeout: 5000 }).catch(() => null);
    const id = href && decodeURIComponent(href.split('/').at(-1));
    if (id && planted.has(id)) found = id;
    else await page.keyboard.press('j');
  }
  assert.ok(found, 'a planted switch is on the board');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: '共同的证据' }).waitFor();
  const snapshot = await page.locator('main').ariaSnapshot();
  const pair = await chief.get(`/api/v1/pairs/${encodeURIComponent(found)}`);
  for (const told of [pair.predecessor_name, pair.successor_name, pair.evidence[0].statement.zh, '相反的证据']) assert.ok(snapshot.includes(told), `the accessibility tree holds: ${told}`);
  await accessible(page, 'the pair');
  // The printed dossier holds the evidence and none of the frame.
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.rail').isVisible(), false);
  assert.ok(await page.getByText('换马甲嫌疑卷宗').isVisible());
  assert.ok(await page.getByRole('region', { name: '共同的证据' }).isVisible());
  await page.emulateMedia({ media: 'screen' });
  await page.keyboard.press('y');
  await page.getByLabel('理由', { exact: false }).fill('实地核查，人员设备相同');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: '立即提交' }).click();
  await page.getByText('已记录结论', { exact: false }).first().waitFor();
  const judged = await chief.get(`/api/v1/pairs/${encodeURIComponent(found)}`);
  assert.equal(judged.verdict, 'same');
  // It went on to the next one.
  await until('the next pair', async () => !page.url().includes(encodeURIComponent(found)) && !page.url().endsWith(found));
  assert.deepEqual(faults, []);
  await context.close();
});

test('a task goes to another agency, which acknowledges and reports', async () => {
  const made = await chief.ask('POST', '/api/v1/accounts', { name: 'tax', password: PASSWORD, grant: { roles: ['investigator'], agency: 'tax', divisions: [''] } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { tasks } = await chief.get('/api/v1/tasks?state=dispatched&limit=200');
  const task = tasks.find((one) => one.role === 'lead' && one.agency !== 'tax' && one.warning.startsWith('vest_switch') && one.allowed.includes('transfer')) ?? tasks.find((one) => one.allowed.includes('transfer'));
  const path = `/api/v1/tasks/${encodeURIComponent(task.id.replaceAll('/', '~'))}`;
  const moved = await chief.ask('POST', `${path}/transfer`, { agency: 'tax', reason: '涉税' }, { 'if-match': task.etag });
  assert.equal(moved.status, 200, JSON.stringify(moved.body));
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'tax');
  await page.goto(`/alerts?tab=unassigned&at=${encodeURIComponent(task.warning)}`);
  await page.locator('.preview .acts').waitFor();
  await page.keyboard.press('a');
  await page.getByRole('status').getByText('签收', { exact: false }).first().waitFor();
  await page.locator('.preview').getByText('已签收').first().waitFor();
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('属实', { exact: true }).check();
  await dialog.getByLabel('理由代码').fill('T01');
  await accessible(page, 'the report');
  await dialog.getByRole('button', { name: /执行/ }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '立即提交' }).click();
  const done = await until('it is reported', async () => { const now = await chief.get(path); return now.state === 'reported' && now; });
  assert.equal(done.state, 'reported');
  assert.equal(done.findings[0].outcome, 'confirmed');
  assert.deepEqual(done.steps.map((step) => step.verb), ['transfer', 'ack', 'report']);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a measure is decided, asked of another agency, answered, done and lifted', async () => {
  const { agencies } = await chief.get('/api/v1/models');
  const asked = agencies.find((one) => one.id === 'tax').zh;
  const { tasks } = await chief.get('/api/v1/tasks?state=dispatched&limit=200');
  const task = tasks.find((one) => one.role === 'lead' && one.agency === 'market-regulation');
  const at = task.id.replaceAll('/', '~');
  const path = `/api/v1/tasks/${encodeURIComponent(at)}`;
  const held = await chief.ask('POST', `${path}/ack`, { lease_minutes: 60 }, { 'if-match': task.etag });
  assert.equal(held.status, 200, JSON.stringify(held.body));

  /** Takes a step in its dialog; `fill` gives what it needs. */
  const step = async (page, verb, fill) => {
    await page.getByRole('group', { name: '可以做的事' }).getByRole('button', { name: verb, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('select').waitFor();
    await fill(dialog);
    await dialog.getByRole('button', { name: `确认${verb}` }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const decider = await visitor(chrome, service.url);
  await enter(decider.page, 'chief');
  await decider.page.goto(`/tasks/${encodeURIComponent(at)}`);
  await step(decider.page, '发起措施', async (dialog) => {
    // What is missing is said; nothing is sent.
    await dialog.getByRole('button', { name: '确认发起措施' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.locator('select').selectOption('key_supervision');
    await dialog.getByText('依据').waitFor();
    await dialog.getByLabel(asked).check();
    await dialog.getByLabel('决定理由').fill('多次处罚后换名经营');
    await accessible(decider.page, 'a measure is decided');
  });
  // The only measure that it can be about is chosen already.
  await step(decider.page, '推送措施', async () => {});
  await decider.page.getByText('待响应').waitFor();

  const partner = await visitor(chrome, service.url);
  await enter(partner.page, 'tax');
  await partner.page.goto(`/tasks/${encodeURIComponent(at)}`);
  await step(partner.page, '响应', (dialog) => dialog.getByLabel('参与', { exact: true }).check());
  await step(partner.page, '反馈执行情况', (dialog) => dialog.getByLabel('执行情况').fill('已核对三年申报'));
  await partner.page.getByText('已核对三年申报').first().waitFor();
  await accessible(partner.page, 'a task with a measure');
  assert.equal(await partner.page.getByRole('button', { name: '解除措施' }).count(), 0, 'who was asked lifts nothing');

  await decider.page.reload();
  await step(decider.page, '解除措施', (dialog) => dialog.getByLabel('理由').fill('已整改'));
  await decider.page.getByText('已解除').waitFor();
  const now = await chief.get(path);
  const [measure] = now.measures;
  assert.equal(measure.measure, 'key_supervision');
  assert.equal(measure.in_force, false);
  assert.deepEqual(measure.agencies.map((one) => [one.agency, one.stage]), [['tax', 'fed_back']]);
  assert.deepEqual(now.steps.map((one) => one.verb), ['ack', 'initiate', 'push', 'respond', 'feedback', 'lift']);
  assert.deepEqual([...decider.faults, ...partner.faults], []);
  await decider.context.close();
  await partner.context.close();
});

test('two at once: the second sees who was first', async () => {
  const { page, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  const { tasks } = await chief.get('/api/v1/tasks?state=dispatched&limit=200');
  const { warnings } = await chief.get('/api/v1/warnings?state=open&limit=200');
  // One that the board takes as the main task of its warning.
  const row = warnings.find((one) => one.tasks.length === 1 && one.tasks[0].state === 'dispatched') ?? warnings.find((one) => one.tasks.some((task) => task.id === tasks[0].id));
  const task = row.tasks.find((one) => one.role === 'lead') ?? row.tasks[0];
  await page.goto(`/alerts?kind=${row.kind}&at=${encodeURIComponent(row.id)}`);
  await page.locator('.preview .acts').waitFor();
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('理由', { exact: false }).fill('需要市级协调');
  const first = await chief.ask('POST', `/api/v1/tasks/${encodeURIComponent(task.id.replaceAll('/', '~'))}/ack`, { lease_minutes: 30 }, { 'if-match': task.etag });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  await dialog.getByRole('button', { name: /执行/ }).click();
  const problem = dialog.getByRole('alert');
  await problem.getByText('他人已先行处理').waitFor();
  await problem.getByText('现在：已签收').waitFor();
  await accessible(page, 'what a 412 shows');
  await context.close();
});

test('keys: help, going, search, the profile, back in time', async () => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  await page.getByRole('grid').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('下一条无人签收').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const { enterprises } = await chief.get('/api/v1/enterprises?limit=1');
  const firm = enterprises[0];
  await page.keyboard.press('/');
  await page.keyboard.type(firm.name);
  await page.getByRole('option').getByText(firm.name).first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: firm.name }).waitFor();
  const { history } = await chief.get(`/api/v1/enterprises/${firm.uscc}/index`);
  const early = history[Math.floor(history.length / 2)];
  await page.goto(`/enterprises/${firm.uscc}?asof=${early.day}`);
  await page.locator('.firmhead .score b', { hasText: new RegExp(`^${early.score}$`) }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: '换马甲' }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('what is masked is shown for a purpose, which the audit tells', async () => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  const { enterprises } = await chief.get('/api/v1/enterprises?limit=1');
  await page.goto(`/enterprises/${enterprises[0].uscc}`);
  await page.getByRole('button', { name: '显示遮蔽内容' }).click();
  await page.getByLabel('用途').fill('核查举报');
  await page.getByRole('dialog').getByRole('button', { name: '显示遮蔽内容' }).click();
  await page.getByText('遮蔽内容已显示').waitFor();
  const { lines } = await chief.get('/api/v1/audit?limit=20');
  assert.ok(lines.some((line) => JSON.stringify(line).includes('核查举报')), 'the audit tells the purpose');
  assert.deepEqual(faults, []);
  await context.close();
});

test('offline is told, and live again when the network is back', async () => {
  const { page, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  const sign = page.locator('.stream');
  await sign.getByText('实时').waitFor();
  await context.setOffline(true);
  await service.stop();
  await sign.getByText('离线').waitFor();
  await service.start();
  await context.setOffline(false);
  await sign.getByText('实时').waitFor({ timeout: 60_000 });
  await context.close();
});

test('what is new waits in the pill; no row moves before it is read', async () => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  await page.locator('.stream').getByText('实时').waitFor();
  await page.getByRole('grid').getByRole('row').nth(2).waitFor();
  const names = () => page.getByRole('grid').getByRole('row').locator('.what b').allTextContents();
  const before = await names();
  await feed(service, city, key).ended;
  await page.getByRole('button', { name: /条新动态/ }).waitFor({ timeout: 90_000 });
  assert.deepEqual(await names(), before);
  await page.getByRole('button', { name: /条新动态/ }).click();
  await until('the list was read anew', async () => JSON.stringify(await names()) !== JSON.stringify(before), 30_000);
  assert.deepEqual(faults, []);
  await context.close();
});

test('ten thousand alerts scroll with few rows drawn', async (t) => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, 'chief');
  const sample = (await chief.get('/api/v1/warnings?limit=50')).warnings;
  const TOTAL = 10_000;
  await page.route(/\/api\/v1\/warnings\?/, async (route) => {
    const url = new URL(route.request().url());
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const limit = Number(url.searchParams.get('limit'));
    const warnings = Array.from({ length: Math.min(limit, TOTAL - from) }, (_, index) => ({ ...sample[(from + index) % sample.length], id: `index_level:${from + index}` }));
    await route.fulfill({ json: { warnings, next_cursor: from + limit < TOTAL ? String(from + limit) : null, total: TOTAL } });
  });
  await page.goto('/alerts?sort=updated');
  await page.getByText(`/ ${TOTAL} 条`, { exact: false }).waitFor();
  const frames = await page.evaluate(async () => {
    const list = document.querySelector('.alertlist');
    const times = [];
    let last = performance.now();
    for (let step = 0; step < 400; step += 1) {
      list.scrollTop += 700;
      await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times;
  });
  await until('all were read', async () => (await page.locator('.foot').textContent()).includes('10000'), 60_000).catch(() => {});
  const sorted = frames.toSorted((a, b) => a - b);
  t.diagnostic(`scrolling: median frame ${sorted[200].toFixed(1)} ms, 95 of 100 within ${sorted[380].toFixed(1)} ms`);
  assert.ok((await page.locator('.alertlist .alert').count()) < 60, 'only the rows in sight are drawn');
  assert.deepEqual(faults, []);
  await context.close();
});
