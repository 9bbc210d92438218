// docs/playground.png, from the real page: a warning that is marked, the plan, and what the recording gave.

import { join } from "node:path";

import { looked, open, root, start } from "./browser.mjs";

const { browser, url, stop } = await start();
try {
  const { page } = await open(browser, url, { viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  await page.locator("#start").click();
  await page.locator("#summary").waitFor();
  // Something to mend that leaves the plan as it is, and the rule that the plan is about in the middle.
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("import std.password_files;\n\n");
  await page.locator("#diagnostics-list li.warning").first().waitFor();
  await looked(page);
  await page.locator("#plan-pane .predicate").first().click();
  await page.locator(".cm-content .hint").first().waitFor();
  await page.screenshot({ path: join(root, "docs/playground.png") });
} finally {
  await stop();
}
