// SPDX-License-Identifier: MIT
// The vendor's own JavaScript client, unmodified, against a running agent. jsxapi.js URL WORLD: URL as jsxapi.connect takes it
// ("tsh://localhost", "ssh://host:port", "wss://host:port"), WORLD a JSON object from the test. Prints a line for each part that went well; the first
// that does not ends it with status 1.
'use strict';
const assert = require('assert');
const { spawnSync } = require('child_process');
const { connect } = require('jsxapi');
const { generate } = require('jsxapi/lib/schema');

const [url, text] = process.argv.slice(2);
const world = JSON.parse(text);
const PATIENCE = 30000;
// Over WebSocket numbers are numbers, and errors have the codes of JSON-RPC; over a stream the client makes codes of its own.
const overWebSocket = url.startsWith('wss:');
const number = (text) => (overWebSocket ? Number(text) : text);
const code = overWebSocket ? { match: -32601, illegal: -32602, parameters: -32602, failed: 1 } : { match: 3, illegal: 2, parameters: 4, failed: 0 };

const rejected = (promise, code) => promise.then(
  (value) => assert.fail(`expected error ${code}, got ${JSON.stringify(value)}`),
  (error) => {
    if (error.code === 'ERR_ASSERTION') throw error;
    assert.strictEqual(error.code, code, JSON.stringify(error));
    return error;
  });

function soon(what, condition) {
  const end = Date.now() + PATIENCE;
  return new Promise((resolve, reject) => {
    const look = () => {
      const value = condition();
      if (value) resolve(value);
      else if (Date.now() > end) reject(new Error(`waited for ${what}`));
      else setTimeout(look, 20);
    };
    look();
  });
}

function publish(xml) {
  const r = spawnSync(world.sealpost, ['publish'], { input: xml, encoding: 'utf8' });
  assert.strictEqual(r.status, 0, r.stderr);
}

const parts = {
  async status(xapi) {
    assert.match(await xapi.status.get('Time State'), /^(Unknown|Floor|Synchronised)$/);
    assert.strictEqual((await xapi.Status.SystemUnit.Software.get()).Name, 'sealpost');
    assert.match((await xapi.status.get('Network 1 Ethernet')).MacAddress, /./);
    const error = await rejected(xapi.status.get('Wrong Path'), code.match);
    assert.deepStrictEqual(error.data, { xpath: 'Status/Wrong/Path' });
    assert.strictEqual(error.message, 'No match on address expression');
  },

  async config(xapi) {
    for (const name of ['Room', 'Möte "4" \\ & more', 'x | resultId="7"', '{5}', ' blanks ', '']) {
      await xapi.config.set('SystemUnit Name', name);
      assert.strictEqual(await xapi.config.get('SystemUnit Name'), name);
    }
    await xapi.Config.HttpFeedback.Queue.MaxCount.set(777);
    assert.strictEqual(await xapi.Config.HttpFeedback.Queue.MaxCount.get(), number('777'));
    const illegal = await rejected(xapi.config.set('NetworkServices HTTPS VerifyServerCertificate', 'maybe'), code.illegal);
    assert.match(illegal.message, overWebSocket ? /expected <Off\/On>/ : /^Illegal value$/);
    await rejected(xapi.config.set('HttpFeedback Queue MaxCount', 0), code.illegal);
    await rejected(xapi.config.set('SystemUnit Name', 'x'.repeat(51)), code.illegal);
    const bad = await rejected(xapi.config.get('Video Input Connector 1 Foo'), code.match);
    assert.deepStrictEqual(bad.data, { xpath: 'Configuration/Video/Input/Connector[1]/Foo' });
    await rejected(xapi.config.set('Video Foo', 1), code.match);
    const all = await xapi.config.get('NetworkServices');
    assert.strictEqual(all.HTTPS.VerifyServerCertificate, 'On');
  },

  async lists(xapi) {
    for (const id of [1, 2, 3]) await xapi.config.set(['NetworkServices', 'NTP', 'Server', id, 'Address'], `ntp${id}.example`);
    assert.strictEqual(await xapi.config.get('NetworkServices NTP Server 2 Address'), 'ntp2.example');
    assert.strictEqual(await xapi.Config.NetworkServices.NTP.Server[3].Address.get(), 'ntp3.example');
    const servers = await xapi.config.get('NetworkServices NTP Server');
    assert.deepStrictEqual(servers.map((s) => [s.id, s.Address]), ['1', '2', '3'].map((id) => [number(id), `ntp${id}.example`]));
    publish('<Status><Call item="42"><Status>Connected</Status></Call><Call item="7"><Status>Ringing</Status></Call></Status>');
    assert.strictEqual(await xapi.status.get('Call 42 Status'), 'Connected');
    assert.deepStrictEqual((await xapi.status.get('Call')).map((c) => c.id), ['7', '42'].map(number));
  },

  async commands(xapi) {
    const shown = await xapi.command('Security Certificates CA Show');
    assert.strictEqual(shown.Format, 'Text');
    const made = await xapi.Command.HttpFeedback.Register({
      FeedbackSlot: 2, ServerUrl: 'https://feedback.example/a', Expression: ['/Status/Call', '/Event/CallDisconnect', '/Configuration'],
    });
    assert.strictEqual(made.FeedbackSlot, number('2'));
    const slot = await xapi.status.get('HttpFeedback 2');
    assert.strictEqual(slot.URL, 'https://feedback.example/a');
    assert.deepStrictEqual(slot.Expression.map((e) => e.Value || e), ['/Status/Call', '/Event/CallDisconnect', '/Configuration']);
    await xapi.command('HttpFeedback Deregister', { FeedbackSlot: 2 });
    await rejected(xapi.command('HttpFeedback Deregister'), code.parameters);
    await rejected(xapi.command('HttpFeedback Register', { ServerUrl: 'https://a/', Format: 'YAML' }), code.parameters);
    const refused = await rejected(xapi.command('HttpFeedback Register', { ServerUrl: 'http://a/' }), code.failed);
    assert.match(refused.message, /https/);
    const unknown = await rejected(xapi.command('Dila', { Number: '1' }), code.match);
    assert.deepStrictEqual([unknown.message, unknown.data], ['Unknown command', { xpath: '/Dila' }]);
  },

  async bodies(xapi) {
    const added = await xapi.command('Security Certificates CA Add', { DryRun: true }, world.pem);
    assert.match(JSON.stringify(added), /added|new/);
    await xapi.command('Security Certificates CA Add', world.pem);
    assert.match((await xapi.command('Security Certificates CA Show', { Format: 'PEM' })).PEM, /BEGIN CERTIFICATE/);
    const refused = await rejected(xapi.command('Security Certificates CA Add', 'no certificate\n.\nÄ at all\n'), code.failed);
    assert.match(refused.message, /no certificate/);
    assert.match(await xapi.status.get('Time State'), /./);        // nothing of the body is left over
  },

  async feedback(xapi) {
    const heard = [];
    const on = (what, listener) => { const off = listener((v) => heard.push([what, v])); return off.registration.then(() => off); };
    const offs = [
      await on('light', (f) => xapi.status.on('Room Light', f)),
      await on('call', (f) => xapi.status.on('Call[42] Status', f)),
      await on('event', (f) => xapi.event.on('Test Mark', f)),
      await on('name', (f) => xapi.config.on('SystemUnit Name', f)),
    ];
    const has = (...wanted) => soon(JSON.stringify(wanted), () => heard.some((h) => JSON.stringify(h) === JSON.stringify(wanted)));
    publish('<Status><Room><Light>On</Light></Room></Status>');
    await has('light', 'On');
    publish('<Status><Call item="42"><Status>Idle</Status></Call><Call item="43"><Status>Dialling</Status></Call></Status>');
    await has('call', 'Idle');
    assert.ok(!heard.some((h) => h[1] === 'Dialling'));
    publish('<Event><Test><Mark>one</Mark></Test></Event>');
    await has('event', 'one');
    await xapi.config.set('SystemUnit Name', 'heard');
    await has('name', 'heard');
    const gone = xapi.status.on('Call', (v) => heard.push(['calls', v]));
    await gone.registration;
    publish('<Status><Call item="43" ghost="True"/></Status>');
    await soon('a ghost', () => heard.find((h) => h[0] === 'calls' && JSON.stringify(h[1]).includes('"ghost":"True"')));
    gone();
    for (const off of offs) off();
    await xapi.status.get('Time State');        // answers come in order: the deregistrations are done
    const before = heard.length;
    publish('<Status><Room><Light>Off</Light></Room></Status>');
    publish('<Event><Test><Mark>two</Mark></Test></Event>');
    await xapi.config.set('SystemUnit Name', 'not heard');
    await xapi.status.get('Time State');
    assert.strictEqual(heard.length, before);
  },

  async document(xapi) {
    const name = await xapi.doc('Configuration SystemUnit Name');
    assert.deepStrictEqual(name.ValueSpace, { type: 'String', MinLength: '0', MaxLength: '50' });
    const server = await xapi.doc('Configuration NetworkServices NTP Server 2 Address');
    assert.strictEqual(server.ValueSpace.type, 'String');
    const register = await xapi.doc('Command HttpFeedback Register');
    assert.strictEqual(register.command, 'True');
    assert.strictEqual(register.ServerUrl.required, 'True');
    assert.strictEqual(register.Expression.ValueSpace.type, 'StringArray');
    assert.deepStrictEqual((await xapi.doc('Status Time State')).ValueSpace.Value.sort(), ['Floor', 'Synchronised', 'Unknown']);
    const schema = {};
    for (const [path, key] of [['Command', 'Command'], ['Configuration', 'Configuration'], ['Event', 'Event'], ['Status', 'StatusSchema']])
      schema[key] = await xapi.doc(path);
    const types = generate(schema);              // what its own generator makes of all rows
    assert.match(types, /interface CommandHttpFeedbackRegisterArgs/);
    assert.match(types, /VerifyServerCertificate: .*Off.*On/);
  },

  async thousand(xapi) {
    const answered = [], { backend } = xapi, onResult = backend.onResult;       // a look at what arrives, as it arrives
    if (overWebSocket) backend.on('data', (data) => answered.push(Number(data.id)));
    else backend.onResult = (id, result) => { answered.push(Number(id)); onResult.call(backend, id, result); };
    const first = xapi.requestId;
    const asked = [];
    for (let i = 0; i < 1000; i++) {
      const id = i % 3 + 1;
      asked.push(i % 2 ? xapi.config.get(`NetworkServices NTP Server ${id} Address`) :
        i % 100 ? xapi.config.get('SystemUnit Name') : rejected(xapi.status.get(`Wrong${i}`), code.match).then((e) => e.data.xpath));
    }
    const got = await Promise.all(asked);
    got.forEach((value, i) => assert.strictEqual(value,
      i % 2 ? `ntp${i % 3 + 1}.example` : i % 100 ? 'not heard' : `Status/Wrong${i}`));
    assert.deepStrictEqual(answered, Array.from({ length: 1000 }, (_, i) => first + i));
  },
};

async function main() {
  const xapi = connect(url, { username: world.username || '', password: world.password || '', loglevel: 'error' });
  xapi.on('error', (error) => { console.log(`error: ${error}`); process.exit(1); });
  await new Promise((resolve) => xapi.on('ready', resolve));
  console.log('ready');
  for (const [name, run] of Object.entries(parts)) {
    await run(xapi);
    console.log(name);
  }
  const closed = new Promise((resolve) => xapi.on('close', resolve));
  xapi.close();
  await closed;
  console.log('closed');
}

setTimeout(() => { console.log('took too long'); process.exit(1); }, 90000).unref();
main().then(() => process.exit(0), (error) => { console.log(error.stack || error); process.exit(1); });
