// Who this page speaks for. A visitor's token is kept; a company's JWT is asked for again at each connection.

import { Memory } from "./memory.js";

export function visitor(base) {
  const memory = new Memory("visitor");
  return {
    scope: "visitor",
    async token() {
      const kept = memory.get("token");
      if (kept) return kept;
      const fresh = await fetchToken(new URL("/widget/visitor", base));
      memory.set("token", fresh);
      return fresh;
    },
    refused: () => memory.set("token", null),
  };
}

/** source: a function that returns the company's JWT, or a promise of it. */
export async function known(source) {
  let next = await source();
  return {
    scope: `customer:${subject(next)}`,
    async token() {
      const token = next ?? (await source());
      next = null;
      return token;
    },
    refused() {},
  };
}

export async function fetchToken(url, body) {
  const answer = await fetch(url, { method: "POST", credentials: "same-origin", body });
  if (!answer.ok) throw new Error(`No token: ${answer.status}`);
  return (await answer.json()).token;
}

function subject(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(payload)).sub;
}
