// SPDX-License-Identifier: MIT
// The device's WebSocket: JSON-RPC 2.0 as docs/web.md describes it, the same that every program uses.

export class RpcError extends Error {
  constructor(error) {
    super(error.message);
    this.code = error.code;
    this.data = error.data;
  }
  get isUnknown() { return this.code === -32601; }
  get isRight() { return this.code === -31999; }
}

/** The connection has ended, of which the page tells by itself. */
export class Ended extends Error {}

function base64url(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** One connection of one user. Its event "lost" says that it has ended without close(). */
export class Connection extends EventTarget {
  #socket;
  #last = 0;
  #waiting = new Map();
  #listeners = new Map();
  #isWanted = true;
  /** When something has come, or was asked while nothing was awaited. */
  #since = 0;

  /** Logs in. Rejects when the handshake is refused; a browser does not tell a page why. */
  static open(name, password) {
    return new Promise((resolve, reject) => {
      const url = new URL("ws", location.href);
      url.protocol = "wss:";
      url.hash = "";
      const connection = new Connection();
      const socket = new WebSocket(url, `auth-${base64url(`${name}:${password}`)}`);
      connection.#socket = socket;
      socket.onopen = () => resolve(connection);
      socket.onmessage = (m) => connection.#read(JSON.parse(m.data));
      socket.onclose = (e) => {
        reject(new Error("The connection was refused"));
        connection.#end(e);
      };
    });
  }

  /** Calls a method; its result, or an RpcError. */
  call(method, params) {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new Ended("There is no connection to the device."));
        return;
      }
      if (!this.#waiting.size) this.#since = Date.now();
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, ...(params ? { params } : {}) }));
    });
  }

  command(words, params) {
    return this.call(`xCommand/${words.replace(/ /g, "/")}`, params);
  }

  /** The value at the path, or undefined if there is nothing. */
  async get(...path) {
    try {
      return await this.call("xGet", { Path: path });
    } catch (e) {
      if (e.isUnknown) return undefined;
      throw e;
    }
  }

  /** Calls the listener for each change below the path, as long as the connection lasts. */
  async subscribe(path, listener) {
    const { Id } = await this.call("xFeedback/Subscribe", { Query: path });
    this.#listeners.set(Id, listener);
  }

  close() {
    this.#isWanted = false;
    this.#socket.close(1000);
  }

  /** Is something awaited, and has nothing come for so many milliseconds? */
  isSilentFor(time) {
    return this.#waiting.size > 0 && Date.now() - this.#since > time;
  }

  /** Gives the connection up as lost: the device does not answer, so nobody waits for it to close. */
  drop() {
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#end({});
  }

  #read(message) {
    this.#since = Date.now();
    if (message.method === "xFeedback/Event") {
      this.#listeners.get(message.params.Id)?.(message.params);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new RpcError(message.error));
    else waiting?.resolve(message.result);
  }

  #end(event) {
    for (const { reject } of this.#waiting.values()) reject(new Ended("The connection to the device has ended."));
    this.#waiting.clear();
    if (this.#isWanted && this.#last) this.dispatchEvent(new CustomEvent("lost", { detail: event }));
  }
}
