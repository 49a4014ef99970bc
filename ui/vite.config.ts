import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The API that `npm run dev` talks to; the session cookie travels through the proxy as it would without it.
const server = process.env["CHARIOT_SERVER"] ?? "http://127.0.0.1:8642";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", proxy: { "/api": server, "/health": server } },
  build: {
    // The package's own folder, so that the wheel carries it and `chariot serve` finds it.
    outDir: "../src/chariot/entrypoints/dashboard/static",
    emptyOutDir: true,
    target: "es2022",
    // The Content-Security-Policy allows files of this server only: nothing may be inlined as a data URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
