// Opens a page in headless Chromium as a person would see it, and prints what was found as JSON: for each width and colour
// scheme the errors of the console, requests that left the page, what runs over the edge, and what the charts say they drew.
//
//   node scripts/dashboard_page/look.mjs PAGE LIBRARIES [SCREENSHOTS]
//
// LIBRARIES is the folder that scripts/dashboard --for-tests filled; CHROMIUM names the browser unless it is in the path.
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [page, libraries, screenshots] = process.argv.slice(2);
const require = createRequire(path.resolve(libraries, 'package.json'));
const {default: puppeteer} = await import(pathToFileURL(require.resolve('puppeteer-core')).href);
// the browser's own sandbox cannot be had by root
const browser = await puppeteer.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : []});
const found = {};
try {
	for (const [width, height] of [[1440, 900], [390, 844]])
		for (const scheme of ['light', 'dark']) {
			const tab = await browser.newPage();
			const says = {errors: [], requests: []};
			tab.on('console', (m) => { if (['error', 'warn', 'warning'].includes(m.type())) says.errors.push(m.text()); });
			tab.on('pageerror', (e) => says.errors.push(String(e)));
			tab.on('request', (r) => { if (!/^(file|data|blob):/.test(r.url())) says.requests.push(r.url()); });
			await tab.setViewport({width, height, deviceScaleFactor: 1, isMobile: width < 600, hasTouch: width < 600});
			await tab.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}, {name: 'prefers-reduced-motion', value: 'reduce'}]);
			await tab.goto(pathToFileURL(path.resolve(page)).href);
			await tab.waitForSelector('html[data-ready]', {timeout: 20000});
			Object.assign(says, await tab.evaluate(() => ({
				wide: [...document.querySelectorAll('body *')].filter((n) => !n.closest('.scroll') && n.getBoundingClientRect().right > innerWidth + 1).map((n) => `${n.tagName} ${n.className}`),
				ground: getComputedStyle(document.body).backgroundColor,
				canvases: [...document.querySelectorAll('canvas')].length,
				blank: [...document.querySelectorAll('.chart:not([hidden])')].filter((n) => n.clientHeight > 0 && !n.querySelector('canvas')).map((n) => n.closest('section').id),
				tiles: [...document.querySelectorAll('.tiles dd')].map((n) => Number(n.textContent.replace(/,/g, ''))),
				drawn: Object.fromEntries([...document.querySelectorAll('section[data-drawn]')].map((n) => [n.id, JSON.parse(n.dataset.drawn)])),
				rows: Object.fromEntries([...document.querySelectorAll('section')].map((n) => [n.id, n.querySelectorAll('tbody tr').length])),
			})));
			// a choice changes what is shown
			says.chosen = await tab.evaluate(() => [...document.querySelectorAll('select')].map((_, i) => {
				// one choice may make the next one anew
				const select = document.querySelectorAll('select')[i];
				const before = select.closest('section').dataset.drawn;
				select.selectedIndex = select.options.length - 1;
				select.dispatchEvent(new Event('change'));
				return before !== select.closest('section').dataset.drawn;
			}));
			if (screenshots) await tab.screenshot({path: `${screenshots}/${width}-${scheme}.png`, fullPage: true});
			found[`${width} ${scheme}`] = says;
			await tab.close();
		}
} finally {
	await browser.close();
}
console.log(JSON.stringify(found));
