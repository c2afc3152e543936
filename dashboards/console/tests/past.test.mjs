// Can somebody see what an index was made of on a past day, see it fall, and undo a slip? On the demo city, loaded with one click.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, browser, visitor } from './browser.mjs';
import { Account, folder, free, pause, Service, until } from './service.mjs';

const PASSWORD = 'a long enough password';
const home = folder();
let service;
let chrome;
let chief;

async function enter(page, path = '/') {
  await page.goto('/');
  await page.getByLabel('账户名').fill('chief');
  await page.getByLabel('密码').fill(PASSWORD);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '预警', exact: true }).waitFor();
  if (path !== '/') await page.goto(path);
}

/** Waits until nothing moves any more. */
async function settled() {
  let was = '';
  await until('the board stands', async () => {
    const status = await chief.get('/api/v1/status');
    const { total } = await chief.get('/api/v1/warnings?limit=1&count=true');
    const now = `${status.epochs} ${status.waiting_events} ${total}`;
    const same = total > 0 && now === was;
    was = now;
    if (!same) await pause(1500);
    return same;
  }, 240_000);
}

const taskPath = (task) => `/api/v1/tasks/${encodeURIComponent(task.id.replaceAll('/', '~'))}`;

before(async () => {
  service = await new Service({ accounts: true, port: await free(), home }).start();
  const made = await fetch(`${service.url}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: service.token(), name: 'chief', password: PASSWORD }) });
  assert.equal(made.status, 201, await made.text());
  chief = await new Account(service).logIn('chief', PASSWORD);
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await service?.stop();
});

test('an empty service offers a demo city; one click loads it, and it is offered once', async () => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page);
  await page.getByText('还没有预警').waitFor();
  const offer = page.getByRole('button', { name: '载入演示城市' });
  await offer.waitFor();
  await accessible(page, 'the offer of a city');
  await offer.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('progressbar', { name: '演示城市' }).or(page.locator('.alertlist .alert')).first().waitFor();
  // The board fills by itself: an empty list has no row that could move.
  await page.locator('.alertlist .alert').first().waitFor({ timeout: 240_000 });
  await until('all of it is in', async () => (await chief.get('/api/v1/setup/demo')).state === 'done', 240_000);
  const city = await chief.get('/api/v1/setup/demo');
  assert.equal(city.offered, false);
  assert.ok(city.of > 10_000 && city.events === city.of, JSON.stringify(city));
  assert.equal((await chief.ask('POST', '/api/v1/setup/demo')).status, 409);
  await settled();
  assert.deepEqual(faults, []);
  await context.close();
});

test('a step of the index shows its lines the day before, that day and now', async () => {
  const { enterprises } = await chief.get('/api/v1/enterprises?limit=50');
  let firm;
  let step;
  for (const one of enterprises) {
    const { history } = await chief.get(`/api/v1/enterprises/${one.uscc}/index`);
    // One that moved on since, so that then and now differ.
    if (history.length > 3) [firm, step] = [one, history[1]];
    if (firm) break;
  }
  assert.ok(firm, 'an index that moved more than three times');
  const { then } = await chief.get(`/api/v1/enterprises/${firm.uscc}/index?on=${step.day}`);
  assert.equal(then.contributions.reduce((sum, line) => sum + line.points, 0), step.score);
  assert.ok(then.moved.length > 0);
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, `/enterprises/${firm.uscc}`);
  // By keyboard: the step is a button.
  const mark = page.locator('.history .step').nth(1);
  await mark.focus();
  await page.keyboard.press('Enter');
  const table = page.getByRole('region', { name: `${step.day} 的得分构成：前一日、当日、现在` });
  await table.waitFor();
  const cells = await table.getByRole('row').last().getByRole('cell').allTextContents();
  const before = step.score - then.moved.reduce((sum, line) => sum + line.after - line.before, 0);
  assert.deepEqual([cells[1], cells[2], cells[4]].map((cell) => Number(cell.replace('—', '0'))), [before, step.score, firm.index.score]);
  for (const line of then.moved) {
    const row = table.getByRole('row').filter({ has: page.getByText(line.indicator, { exact: true }) });
    if (/^(cap:|floor)/.test(line.indicator)) continue;
    const told = await row.getByRole('cell').allTextContents();
    assert.deepEqual([told[1], told[2]].map((cell) => Number(cell.replace('—', '0'))), [line.before, line.after], line.indicator);
  }
  await accessible(page, 'a step of the index');
  // The whole page as of that day: its panel adds up to that day's score.
  await page.getByRole('button', { name: '整页回到这一天' }).click();
  await page.getByRole('heading', { name: `${step.day} 的得分构成` }).waitFor();
  assert.match(await page.locator('.firmtop .waterfall .sum .value').textContent(), new RegExp(`^${step.score} `));
  assert.deepEqual(faults, []);
  await context.close();
});

test('an acknowledgement is undone by a key; a report is held back, undone, and sent on request', async () => {
  const { tasks } = await chief.get('/api/v1/tasks?state=dispatched&limit=50');
  const task = tasks.find((one) => one.role === 'lead' && one.subject) ?? tasks[0];
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, `/tasks/${encodeURIComponent(task.id.replaceAll('/', '~'))}`);
  const standing = () => chief.get(taskPath(task));
  await page.getByRole('button', { name: '签收', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: /签收/ }).click();
  const toast = page.locator('.toast', { hasText: '签收：已记入日志' });
  await toast.getByRole('button', { name: '撤销' }).waitFor();
  assert.equal((await standing()).state, 'acknowledged');
  await page.keyboard.press('z');
  await until('it is free again', async () => (await standing()).state === 'dispatched');
  await page.getByText('已撤销，恢复原状').waitFor();
  // Again, and now to the report.
  await page.getByRole('button', { name: '签收', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: /签收/ }).click();
  await until('it is held', async () => (await standing()).state === 'acknowledged');
  const report = async () => {
    await page.getByRole('button', { name: '反馈结果', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('不属实', { exact: true }).click();
    await dialog.locator('.codechips button').first().click();
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'detached' });
  };
  await report();
  const held = page.locator('.toast', { hasText: '反馈结果：不属实' });
  await held.getByRole('button', { name: '撤销' }).waitFor();
  await accessible(page, 'a report that is held back');
  assert.equal((await standing()).state, 'acknowledged', 'nothing is sent yet');
  await page.keyboard.press('z');
  await page.getByText('已撤销，没有提交').waitFor();
  await pause(9000);
  assert.equal((await standing()).state, 'acknowledged', 'nothing was sent');
  await report();
  await held.getByRole('button', { name: '立即提交' }).click();
  await until('it is reported', async () => (await standing()).findings?.[0]?.outcome === 'unfounded');
  await page.getByRole('region', { name: '反馈之后' }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('when what a warning rests on is taken back, the index falls, the warning goes, and both are seen', async () => {
  const made = await chief.ask('POST', '/api/v1/keys', { name: 'credit', grant: { roles: ['feeder'], agency: null, divisions: [''] } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  // A warning about an index, of a firm whose heaviest line rests on penalties, lists or court records.
  const warnings = [];
  for (const kind of ['veto', 'index_level']) warnings.push(...(await chief.get(`/api/v1/warnings?kind=${kind}&state=open&limit=200`)).warnings);
  let found;
  for (const warning of warnings.filter((one) => one.subject)) {
    const { now, history } = await chief.get(`/api/v1/enterprises/${warning.subject}/index`);
    const line = now?.contributions.filter((one) => one.points >= 30 && one.events.length > 0 && one.events.length < 4).toSorted((a, b) => b.points - a.points)[0];
    if (line) found = { warning, line, score: now.score, last: history.at(-1).day };
    if (found) break;
  }
  assert.ok(found, 'a warning with a line that can be taken back');
  const { warning, line } = found;
  const { rows } = await chief.get(`/api/v1/enterprises/${warning.subject}/timeline?limit=200`);
  const { page, faults, context } = await visitor(chrome, service.url);
  await enter(page, `/enterprises/${warning.subject}`);
  await page.locator('.firmhead .score b', { hasText: new RegExp(`^${found.score}$`) }).waitFor();
  // The source withdraws its own records: the contract's `retract`.
  const { watermark } = await chief.get('/api/v1/status');
  const at = new Date(new Date(watermark).getTime() + 86_400_000).toISOString().replace('.000Z', 'Z');
  const lines = line.events.map((event, index) => {
    const [source, id] = [event.slice(0, event.lastIndexOf('#')), event.slice(event.lastIndexOf('#') + 1)];
    const type = rows.find((row) => row.event === event)?.type;
    return JSON.stringify({ specversion: '1.0', id: `${id}-back-${index}`, source, type, time: at, subject: warning.subject, op: 'retract', ref: id });
  });
  const sent = await fetch(`${service.url}/api/v1/events`, { method: 'POST', headers: { authorization: `Bearer ${made.body.key}`, 'content-type': 'application/x-ndjson' }, body: lines.join('\n') });
  assert.equal(sent.status, 202, await sent.clone().text());
  // The page that is open falls without being loaded anew.
  await page.locator('.firmhead .score b', { hasText: new RegExp(`^${found.score}$`) }).waitFor({ state: 'detached', timeout: 60_000 });
  const { now, history } = await chief.get(`/api/v1/enterprises/${warning.subject}/index`);
  assert.ok(now.score < found.score, `${now.score} is below ${found.score}`);
  await page.locator('.firmhead .score b', { hasText: new RegExp(`^${now.score}$`) }).waitFor();
  const down = page.locator('.history .step.down').last();
  await down.focus();
  await page.keyboard.press('Enter');
  await page.locator('.stepbox').getByText(`▼ −${history.at(-2).score - now.score}`).first().waitFor();
  const row = page.locator('.stepbox').getByRole('row').filter({ has: page.getByText(line.indicator, { exact: true }) });
  await row.getByText('▼', { exact: false }).first().waitFor();
  await accessible(page, 'the fall');
  const after = await chief.get(`/api/v1/warnings/${encodeURIComponent(warning.id)}`);
  assert.ok(after.state === 'withdrawn' || after.level !== warning.level || after.score < warning.score, 'the warning follows');
  if (after.state === 'withdrawn') {
    await page.goto(`/alerts?at=${encodeURIComponent(warning.id)}&kind=${warning.kind}&state=any`);
    await page.locator('.preview').getByText(after.withdrawn_because.zh, { exact: false }).waitFor();
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test('the report of a backtest is read in the browser, and another file is refused', async () => {
  const { page, faults, context } = await visitor(chrome, service.url, { lang: 'en' });
  await page.goto('/');
  await page.getByLabel('Account', { exact: true }).fill('chief');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Alerts' }).waitFor();
  await page.goto('/models');
  const file = page.getByLabel('Open backtest.json');
  await file.setInputFiles({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{"model": 1}') });
  await page.getByRole('alert').getByText('"other.json" is no backtest.json').waitFor();
  const both = (model, against) => ({ model, against });
  const report = {
    model: 'dongfang/new@1', against: 'dongfang/old@0', from: '2026-01-01', to: '2026-06-30', enterprises: 10, mix: both({}, {}), moves: both(3, 2),
    grades: [[5, 1, 0, 0], [0, 2, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]], regraded: [{ uscc: '91469007MA5TEST000', name: '某企业', grade: both('D', 'B'), score: both(150, 20), because: [['R07', 130]] }],
    raised: both({ veto: 4 }, { veto: 3 }), gained: { by_kind: { veto: 2 }, examples: [] }, lost: { by_kind: { veto: 1 }, examples: [] },
    load: { tax: both({ tasks: 9, a_day: 0.05, most: 2, most_on: '2026-02-03' }, { tasks: 6, a_day: 0.03, most: 1, most_on: '2026-02-03' }) }, hits: null,
  };
  await file.setInputFiles({ name: 'backtest.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(report)) });
  const matrix = page.getByRole('table', { name: '1 in another class' });
  await matrix.waitFor();
  assert.deepEqual(await matrix.getByRole('row').nth(2).getByRole('cell').allTextContents(), ['0', '2', '0', '1']);
  await page.getByText('某企业').waitFor();
  await accessible(page, 'a backtest');
  assert.deepEqual(faults, []);
  await context.close();
});
