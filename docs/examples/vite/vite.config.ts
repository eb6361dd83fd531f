import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The short form, '/auth': 'http://localhost:3000', would set changeOrigin.
const service = { target: 'http://localhost:3000' };

export default defineConfig({
  plugins: [react()],
  // Vite turns small images into `data:` addresses, and the strict policy of the service refuses these.
  build: { assetsInlineLimit: 0 },
  server: { port: 5173, strictPort: true, proxy: { '/auth': service, '/api': service } },
});
