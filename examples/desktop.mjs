// Shows pictures and their classes in a window: node desktop.mjs MODEL.tflite FOLDER [PRESET] (npm install zeropoint sharp)
// Node computes, and serves to this machine alone; the window is the system's browser, in app mode where it has one.
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';
import { ImageClassifier } from 'zeropoint/vision';

const [file, folder, preprocessing] = process.argv.slice(2);
const classifier = await ImageClassifier.load(await readFile(file), { maxResults: 3, preprocessing });
const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();

const inHtml = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

async function figure(name, index) {
  const pixels = await sharp(join(folder, name)).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const rows = classifier.classify(pixels).map(({ label, score }) => {
    return `<div>${inHtml(label)}<progress value="${score}"></progress><span>${(100 * score).toFixed(1)} %</span></div>`;
  });
  const picture = `<div class="stage"><img src="/${index}" alt=""></div>`;
  return `<section>${picture}<p class="quiet">${inHtml(name)}</p><div class="scores">${rows.join('')}</div></section>\n`;
}

const server = createServer(async ({ url }, response) => {
  const name = names[Number(url.slice(1))];
  if (url === '/pages.css') {
    response.setHeader('Content-Type', 'text/css').end(await readFile(join(import.meta.dirname, 'pages.css')));
  } else if (url !== '/') {
    response.writeHead(name ? 200 : 404).end(name && (await readFile(join(folder, name))));
  } else {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const head = '<meta name="viewport" content="width=device-width"><title>Classes</title><link rel="stylesheet" href="/pages.css">';
    response.write(`<!doctype html><html lang="en">${head}<body class="gallery">\n`);
    // Pictures appear as they are classified.
    for (const [index, picture] of names.entries()) response.write(await figure(picture, index));
    response.end('</body></html>\n');
  }
});

/** Runs the first of the commands that exists. */
function run([[command, ...args], ...others]) {
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => others.length > 0 && run(others)).unref();
}

server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  console.log(`${names.length} pictures at ${url}; Ctrl+C ends`);
  const apps = ['google-chrome', 'chromium', 'microsoft-edge'].map((command) => [command, `--app=${url}`]);
  if (process.platform === 'win32') run([['cmd', '/c', 'start', 'msedge', `--app=${url}`]]);
  else run(process.platform === 'darwin' ? [['open', '-na', 'Google Chrome', '--args', `--app=${url}`]] : [...apps, ['xdg-open', url]]);
});
