// SPDX-License-Identifier: MIT
// An uncompressed tar archive (ustar), as `sealpost bundle` writes it.

const BLOCK = 512;

function header(name, size, at) {
  const block = new Uint8Array(BLOCK), encoder = new TextEncoder();
  const put = (offset, text) => block.set(encoder.encode(text), offset);
  const octal = (n, digits) => Math.floor(n).toString(8).padStart(digits, "0");
  put(0, name);
  for (const offset of [100, 108, 116]) put(offset, offset === 100 ? "0000600" : "0000000");    // mode, user, group
  put(124, octal(size, 11));
  put(136, octal(at, 11));
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\x00 `);
  return block;
}

/** The archive of these files, {name: text}, as parts of a Blob; at: when they were made, in seconds. */
export function tar(files, at) {
  const parts = [];
  for (const [name, text] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(text);
    parts.push(header(name, bytes.length, at), bytes, new Uint8Array((BLOCK - bytes.length % BLOCK) % BLOCK));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return parts;
}
