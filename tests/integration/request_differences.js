// SPDX-License-Identifier: MIT
// Mutated requests, read by sealpost-web's reader and by Node's parser (llhttp, strict). request_differences.js READER COUNT SEED.
// What our reader accepts must be read as Node reads it: method, target, headers, body, and whether the connection stays. Prints
// how many were accepted and refused; exit status 1 where something was read differently.
'use strict';
const { spawnSync } = require('child_process');
const { HTTPParser, methods } = require('_http_common');

const [reader, count, seed] = process.argv.slice(2);
let state = Number(seed) >>> 0;
function random(n) {        // xorshift: the same requests each time
  state ^= state << 13; state >>>= 0;
  state ^= state >>> 17;
  state ^= state << 5; state >>>= 0;
  return state % n;
}
const one = (list) => list[random(list.length)];

const requests = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /getxml?location=%2FStatus%2FAudio HTTP/1.1\r\nHost: device.example:443\r\nAuthorization: Basic YTpi\r\nAccept: */*\r\nUser-Agent: x/1.0\r\n\r\n',
  'POST /putxml HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 10\r\n\r\n<Command/>GET / HTTP/1.1\r\n',
  'POST /putxml HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\nExpect: 100-continue\r\nHost: a\r\n\r\nabc',
  'POST /xmlapi/session/begin HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  'HEAD /index.html HTTP/1.1\r\nHost: [fd00::1]:443\r\nIf-None-Match: "a", "b"\r\nCookie: a=b; SecureSessionId=0\r\n\r\n',
  'GET /status.xml HTTP/1.1\r\nHost: a\r\nX-Long: ' + 'y'.repeat(200) + '\r\nX-Empty:\r\nX-Tab:\ta\t\r\n\r\n',
];
const bytes = ['\r', '\n', '\r\n', '\0', ' ', '\t', ':', ',', ';', '\x0b', '\x7f', '\x80', '\xff', '\xc3\xa4', '"', '(', '/', '\\', '#', '%', '0', '1', '+', '-', 'a'];
const lines = ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked', 'transfer-encoding: CHUNKED', 'Content-Length: 3', 'Content-Length: 0', 'Content-Length: 03', 'Content-Length: +3',
  'Content-Length: 3, 3', 'Content-Length: 3 3', 'Content-Length:', 'Content-Length: 9999999999999999999999', 'Content-Length : 3', 'Content_Length: 3',
  ' folded', '\tfolded', ': no name', 'no colon', 'Host: b', 'Host:', 'Connection: close', 'Connection: keep-alive', 'Connection: close, keep-alive',
  'Connection: upgrade', 'Upgrade: h2c', 'Upgrade: websocket', 'Proxy-Connection: close', 'Trailer: X', 'Expect: 100-continue', 'X: a\rY: b', 'X: a\nY: b', 'X:', ''];

function mutate(text) {
  for (let n = 1 + random(4); n > 0; n--) {
    const at = random(text.length + 1), rows = text.split('\r\n'), row = random(rows.length);
    switch (random(9)) {
      case 0: text = text.slice(0, at) + one(bytes) + text.slice(at); break;
      case 1: text = text.slice(0, at) + one(bytes) + text.slice(at + 1); break;
      case 2: text = text.slice(0, at) + text.slice(at + 1 + random(4)); break;
      case 3: rows.splice(row, 0, one(lines)); text = rows.join('\r\n'); break;
      case 4: rows.splice(row, 0, rows[random(rows.length)]); text = rows.join('\r\n'); break;
      case 5: rows.splice(row, 1); text = rows.join('\r\n'); break;
      case 6: rows.splice(1 + random(rows.length), 0, one(lines)); text = rows.join('\r\n'); break;
      case 7: text = text.slice(0, at); break;
      default: text = rows.map((r, i) => (i === row ? r.split('').map((c) => (random(2) ? c.toUpperCase() : c.toLowerCase())).join('') : r)).join('\r\n');
    }
  }
  return Buffer.from(text, 'latin1');
}

function readByNode(data) {
  const seen = { headers: [], body: [], complete: false, head: false };
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {}, 0, 0);
  parser[HTTPParser.kOnHeaders] = (headers, url) => { seen.headers.push(...headers); seen.url = url; };
  parser[HTTPParser.kOnHeadersComplete] = (major, minor, headers, method, url, status, message, upgrade, keep) => {
    if (seen.head) return 0;        // of a second request
    Object.assign(seen, { head: true, version: `${major}.${minor}`, method: methods[method], upgrade, keep });
    if (headers) seen.headers.push(...headers);
    seen.url = url || seen.url;
    return upgrade ? 2 : 0;
  };
  parser[HTTPParser.kOnBody] = (chunk, at, len) => { if (!seen.complete) seen.body.push(at === undefined ? chunk : chunk.slice(at, at + len)); };
  parser[HTTPParser.kOnMessageComplete] = () => { seen.complete = true; };
  const result = parser.execute(data, 0, data.length);
  seen.error = result instanceof Error ? result.code : null;
  parser.close();
  seen.body = Buffer.concat(seen.body.map((b) => Buffer.from(b)));
  return seen;
}

const inputs = Array.from({ length: Number(count) }, () => mutate(one(requests)));
const framed = [];
for (const input of inputs) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(input.length);
  framed.push(length, input);
}
const run = spawnSync(reader, [], { input: Buffer.concat(framed), maxBuffer: 1 << 30 });
if (run.status !== 0) throw new Error(`${run.status} ${run.stderr}`);
const answers = run.stdout.toString().trim().split('\n');
if (answers.length !== inputs.length) throw new Error(`${answers.length} answers`);

const text = (hex) => (hex === '-' ? '' : Buffer.from(hex, 'hex').toString('latin1'));
function difference(input, answer) {
  const [kind, ...rest] = answer.split(' ');
  if (kind === 'refused') return null;
  const node = readByNode(input);
  if (kind === 'incomplete') return node.head ? 'Node has a whole head' : null;
  if (!node.head) return `Node refuses it: ${node.error}`;
  const [method, target, head, length, keep, ...headers] = rest;
  const ours = { method: text(method), target: text(target), headers: headers.map(text), keep: keep === '1',
    body: input.subarray(Number(head), Number(head) + Number(length)).toString('latin1'), version: '1.1' };
  const theirs = { method: node.method, target: node.url, headers: node.headers, keep: node.keep, body: node.body.toString('latin1'), version: node.version };
  const whole = input.length >= Number(head) + Number(length);
  if (whole && !node.complete && !node.upgrade) return 'Node waits for more';
  return JSON.stringify(ours) === JSON.stringify(theirs) ? null : `${JSON.stringify(ours)} and ${JSON.stringify(theirs)}`;
}

let different = 0;
const sum = { read: 0, refused: 0, incomplete: 0 };
answers.forEach((answer, i) => {
  sum[answer.split(' ')[0]]++;
  const what = difference(inputs[i], answer);
  if (what && ++different <= 10) console.log(`${JSON.stringify(inputs[i].toString('latin1'))}: ${what}`);
});
console.log(`read ${sum.read} refused ${sum.refused} incomplete ${sum.incomplete} different ${different}`);
process.exit(different ? 1 : 0);
