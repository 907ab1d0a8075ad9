// SPDX-License-Identifier: MIT
// libsealpost from Node.js by koffi (npm install koffi): publishes the documents on standard input, one a line, and says what
// became of each. The library has one descriptor for a handle's life: libc's poll waits for it in a thread of libuv's, and the
// handle itself is used by this thread alone.
import { createRequire } from "node:module";
import readline from "node:readline";

const koffi = createRequire(import.meta.url)("koffi");
const lib = koffi.load(process.env.SEALPOST_LIBRARY ?? "libsealpost.so.0");
const libc = koffi.load("libc.so.6");

const Durable = koffi.proto("void sealpost_durable(intptr_t arg, int error)");
const Connection = koffi.struct("sealpost_connection", { state: "int", error: "int", reason: "const char *" });
const Changed = koffi.proto("void sealpost_changed(void *arg, sealpost_connection *c)");
const PollFd = koffi.struct("pollfd", { fd: "int", events: "short", revents: "short" });

const sealpost_new = lib.func("void *sealpost_new(const char *socket_path)");
const sealpost_free = lib.func("void sealpost_free(void *s)");
const sealpost_error = lib.func("const char *sealpost_error(void *s)");
const sealpost_publish = lib.func("int sealpost_publish(void *s, const char *xml, size_t len, sealpost_durable *durable, intptr_t arg)");
const sealpost_on_connection = lib.func("int sealpost_on_connection(void *s, sealpost_changed *changed, void *arg)");
const sealpost_fd = lib.func("int sealpost_fd(void *s)");
const sealpost_process = lib.func("int sealpost_process(void *s)");
const sealpost_pending = lib.func("size_t sealpost_pending(void *s)");
const poll = libc.func("int poll(_Inout_ pollfd *fds, unsigned long n, int timeout_ms)");

const s = sealpost_new(null);
if (!s) {
  console.error(sealpost_error(null));
  process.exit(1);
}
let number = 0, refused = 0, ended = false;
const durable = koffi.register((arg, error) => {
  refused += error !== 0;
  console.log(error ? `${arg} refused: ${sealpost_error(s)}` : `${arg} acknowledged`);
}, koffi.pointer(Durable));
const changed = koffi.register((_, c) => {
  const { state, reason } = koffi.decode(c, Connection);
  console.log(state === 0 ? "connected" : reason);
}, koffi.pointer(Changed));
sealpost_on_connection(s, changed, null);

function readable() {
  return new Promise((resolve) => poll.async([{ fd: sealpost_fd(s), events: 1, revents: 0 }], 1, 1000, resolve));
}

const input = readline.createInterface({ input: process.stdin });
input.on("line", (line) => {
  if (sealpost_publish(s, line, Buffer.byteLength(line), durable, ++number) < 0)
    console.log(`${number} not taken: ${sealpost_error(s)}`);
});
input.on("close", () => { ended = true; });

while (!ended || sealpost_pending(s)) {
  sealpost_process(s);
  await readable();
}
sealpost_process(s);
sealpost_free(s);
process.exit(refused ? 1 : 0);
