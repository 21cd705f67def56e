// Tokens, as a login service makes them.
import crypto from "node:crypto";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const now = () => Math.floor(Date.now() / 1000);

// sign makes an ES256 token; what claims say goes before what is usual.
export function sign(key, claims = {}) {
  const said = { iss: "login.example", aud: "io", sub: "ann", exp: now() + 3600, ...claims };
  const body = `${part({ alg: "ES256", typ: "JWT" })}.${part(said)}`;
  return `${body}.${crypto.sign("sha256", Buffer.from(body), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

// hmac signs by the text of a public key as if it were a secret.
export function hmac(key, claims = {}) {
  const secret = crypto.createPublicKey(key).export({ type: "spki", format: "pem" });
  const body = `${part({ alg: "HS256" })}.${part({ iss: "login.example", aud: "io", sub: "eve", ...claims })}`;
  return `${body}.${crypto.createHmac("sha256", secret).update(body).digest("base64url")}`;
}

export const unsigned = () => `${part({ alg: "none" })}.${part({ iss: "login.example", aud: "io", sub: "eve" })}.`;
