// How is the console built? Hashed assets, nothing inlined, so that a strict policy holds.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = process.env.VESTIGO_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  build: { emptyOutDir: false, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: true },
  server: { proxy: { '/api': api, '/health': api } },
});
