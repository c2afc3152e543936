// Does the button of the login page lead through an identity provider and back? With a small provider of its own.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, browser, visitor } from './browser.mjs';
import { folder, free, pause, Service } from './service.mjs';

const PASSWORD = 'a long enough password';
const home = folder();
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
/** What the provider says of whoever comes. */
const person = { sub: 'person-7', name: '王小明', groups: ['staff'] };
let nonce;
let issuer;
let place;
let provider;
let service;
let chrome;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token() {
  const now = Math.floor(Date.now() / 1000);
  const told = `${part({ alg: 'EdDSA', kid: 'k' })}.${part({ iss: issuer, aud: 'vestigo', nonce, iat: now, exp: now + 300, ...person })}`;
  return `${told}.${sign(null, Buffer.from(told), privateKey).toString('base64url')}`;
}

function answer(request, response) {
  const url = new URL(request.url, issuer);
  const json = (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  if (url.pathname === '/authorize') {
    // Somebody who is known there already is sent straight back.
    nonce = url.searchParams.get('nonce');
    const back = `${url.searchParams.get('redirect_uri')}?code=c&state=${url.searchParams.get('state')}`;
    return response.writeHead(302, { location: back }).end();
  }
  if (url.pathname === '/token') return json({ id_token: token() });
  if (url.pathname === '/keys') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] });
  return json({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys` });
}

before(async () => {
  place = await free();
  issuer = `http://127.0.0.1:${place}`;
  const grants = '[[access.oidc.grants]]\nvalue = "staff"\nroles = ["dispatcher"]\ndivisions = [""]\n';
  const more = `[access.oidc]\nissuer = "${issuer}"\nclient_id = "vestigo"\n${grants}`;
  service = await new Service({ accounts: true, port: await free(), home, more }).start();
  const made = await fetch(`${service.url}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: service.token(), name: 'chief', password: PASSWORD }) });
  assert.equal(made.status, 201, await made.text());
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await service?.stop();
  provider?.close();
});

test('single sign-on leads back to the same place, or tells why not, in both languages', async () => {
  const { page, faults, context } = await visitor(chrome, service.url);
  await page.goto('/dispatch');
  const button = page.getByRole('link', { name: '统一身份登录' });
  await button.waitFor();
  await accessible(page, 'the login');
  await button.click();
  await page.getByRole('alert').getByText('身份认证服务暂时无法访问').waitFor();

  provider = createServer(answer).listen(place, '127.0.0.1');
  // A provider that did not answer is left alone for two seconds.
  await pause(2_100);
  person.groups = ['guests'];
  await button.click();
  await page.getByRole('alert').getByText('所在的组没有任何权限').waitFor();
  await accessible(page, 'a refused login');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('alert').getByText('none of your groups is granted anything').waitFor();

  person.groups = ['staff'];
  await page.goto('/dispatch');
  const english = page.getByRole('link', { name: 'Single sign-on' });
  await english.focus();
  await page.keyboard.press('Enter');
  await page.locator('nav').getByRole('link', { name: 'Queues' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/dispatch');
  const cookies = await context.cookies();
  assert.deepEqual(cookies.filter(({ name }) => name.startsWith('vestigo')).map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [['vestigo_session', true, 'Strict']]);
  assert.deepEqual(faults.filter((fault) => !fault.startsWith(`left the origin: ${issuer}/authorize`)), []);
  await context.close();
});
