// Takes the pictures of the README: the extension in code-server, which serves the editor's web workbench, seen by
// a headless Chromium. Neither is a dependency of the extension: `npm install code-server playwright-core` elsewhere,
// install tracee.vsix with `code-server --install-extension`, start it with `--auth none`, and then
//
//     node tests/pictures.mjs PLAYWRIGHT CHROMIUM URL FOLDER
//
// with the folder of playwright-core, the browser, the server's address, and the folder that it has open, into which
// this writes a policy. The server's settings name the program (`tracee.path`).
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const [playwright, executablePath, url, folder] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(path.resolve(playwright));
const images = fileURLToPath(new URL("../images/", import.meta.url));

const POLICY = `import std.shells;

/// Programs that serve the web.
list web_servers: string = ["nginx", "httpd", "apache2"];

let opened_for_write = flags has any [O_WRONLY, O_RDWR];

/// What the web tier may not do.
policy web_tier {
  version "1.2.0";
  scope container.started and proc.uid >= 1000;

  rule shell_from_web_server {
    title "A web server started a shell";
    severity high;
    attack T1059.004, T1190;
    on sched_process_exec
      where basename(pathname) in std.shells
        and proc.parent.comm in web_servers;
    message "{pathname} below {proc.parent.exe}";
  }

  rule sshd_config_touched {
    severity medium;
    on openat where pathname under "/etc/ssh" and opened_for_write;
  }
}

test "a shell under nginx is detected" for web_tier {
  given sched_process_exec {
    pathname: "/bin/sh",
    proc: { uid: 1033, parent: { comm: "nginx" } },
    container: { started: true },
  };
  expect web_tier.shell_from_web_server;
}
`;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let page;

/** Opens a file whose text is given, in an editor that knows of no other, and waits for what shows that it is done. */
async function open(name, text, done) {
  fs.writeFileSync(path.join(folder, name), text);
  await page?.close();
  page = await browser.newPage({ viewport: { width: 900, height: 780 } });
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
  await page.locator(".explorer-folders-view .label-name", { hasText: name }).dblclick({ timeout: 120_000 });
  await page.locator(".monaco-editor .view-line").first().waitFor({ timeout: 60_000 });
  await done().waitFor({ timeout: 120_000 });
  // The side bar is not the editor's.
  await page.keyboard.press("Control+b");
  await page.mouse.move(880, 700);
  await page.waitForTimeout(3000);
}

/** The editor, from a line on. */
async function picture(name, height) {
  const box = await page.locator(".editor-instance .monaco-editor").first().boundingBox();
  await page.screenshot({ path: path.join(images, name), clip: { ...box, height: Math.min(height, box.height) } });
}

/** Where a word is, on the screen. */
function word(text) {
  return page.locator(".view-line span span", { hasText: text }).first();
}

const lens = () => page.locator(".codelens-decoration", { hasText: "explain" }).first();
const hint = () => page.locator(".view-line", { hasText: "‹" }).first();
try {
  await open("web_tier.tp", POLICY, hint);
  await picture("hints.png", 740);
  await word("under").hover();
  await page.locator(".monaco-hover:visible .hover-contents").first().waitFor();
  await page.waitForTimeout(1000);
  await picture("hover.png", 740);

  const wrong = POLICY.replace("on openat where", "on opnat where");
  await open("problem.tp", wrong, () => page.locator(".squiggly-error").first());
  await page.locator(".squiggly-error").first().hover({ force: true });
  await page.locator(".monaco-hover:visible .hover-contents").first().waitFor();
  await page.waitForTimeout(1000);
  await picture("problem.png", 740);

  const half = POLICY.replace("O_WRONLY, O_RDWR]", "O_WRONLY, ]");
  await open("completion.tp", half, lens);
  await page.locator(".view-line", { hasText: "O_WRONLY" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.type("O_");
  await page.locator(".suggest-widget.visible .monaco-list-row").first().waitFor({ timeout: 30_000 });
  await page.waitForTimeout(1500);
  await picture("completion.png", 420);
} finally {
  await page.screenshot({ path: path.join(folder, "last.png") });
  await browser.close();
}
