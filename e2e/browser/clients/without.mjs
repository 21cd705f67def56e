// The demo's page where the server has no browser client. Input: {url, chromium}.
import assert from "node:assert/strict";
import { check, finish, input } from "../../clients/outcome.mjs";
import { launch } from "./chromium.mjs";

const { url, chromium } = input();
const browser = await launch(chromium);
await check("page", "says how to get the client", async () => {
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator("[data-testid=status][data-state=missing]").waitFor();
  assert.match(await page.getByTestId("banner").innerText(), /scripts\/client\.sh/);
});
await browser.close();
finish();
