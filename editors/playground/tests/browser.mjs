// The built folder in a real browser: a file server of a few lines, and Debian's Chromium.

import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const folder = join(target, "playground");

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };

/** Serves the folder; nothing but files. */
async function serve() {
  if (!existsSync(join(folder, "playground.wasm"))) {
    throw new Error(`${folder} is not there: run \`cargo xtask playground\``);
  }
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** A browser and the address of the playground. */
export async function start() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Chromium's own sandbox doesn't work for root.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
  const url = `http://127.0.0.1:${server.address().port}/`;
  const stop = async () => {
    await browser.close();
    server.close();
  };
  return { browser, url, stop };
}

/** A page of the playground once it has looked at its policy; what went wrong in it is in `troubles`. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(240_000);
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on("request", (request) => {
    const other = !request.url().startsWith(url.replace(/#.*/, "")) && !request.url().startsWith("data:");
    if (other) {
      troubles.push(`asked another host: ${request.url()}`);
    }
  });
  await page.goto(url);
  await looked(page);
  return { page, troubles };
}

/** Waits until the text as it is was looked at. */
export async function looked(page) {
  await page.locator("#status", { hasText: /^checked in/ }).waitFor();
}

/**
 * Pastes a text in place of the policy. Typing it, as `keyboard.insertText` does, takes Chromium minutes for
 * thousands of lines, however quick the page is: each line splits the element that it is typed into.
 */
export async function write(page, text) {
  const content = page.locator(".cm-content");
  await content.click();
  await page.keyboard.press("Control+a");
  await content.evaluate((target, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}
