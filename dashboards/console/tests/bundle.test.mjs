// How much does a first visit load? What the page names, packed, at most 300 kB.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '../dist');

test('the first load is at most 300 kB of script, packed', (t) => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
  assert.ok(named.length > 0, 'the page names its script');
  const packed = named.map((name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length);
  const total = packed.reduce((sum, bytes) => sum + bytes, 0);
  t.diagnostic(`first load: ${(total / 1000).toFixed(1)} kB of script, packed`);
  assert.ok(total <= 300_000, `${total} bytes`);
  for (const name of readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js'))) {
    t.diagnostic(`${name}: ${(gzipSync(readFileSync(join(dist, 'assets', name)), { level: 9 }).length / 1000).toFixed(1)} kB`);
  }
});

test('nothing is inlined and nothing comes from elsewhere', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  assert.ok(!/<style|style="|<script(?![^>]*src=)/.test(page), 'no inline script or style');
  assert.ok(!/(?:src|href)="(?:https?:)?\/\//.test(page), 'no other origin');
  for (const name of readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.css'))) {
    assert.ok(!/url\((?!["']?(?:#|\/assets))/.test(readFileSync(join(dist, 'assets', name), 'utf8')), `${name}: no font or picture from elsewhere`);
  }
});
