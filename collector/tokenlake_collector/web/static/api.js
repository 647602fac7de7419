// The collector's HTTP interface: one function to ask it, and an error for each thing that a person can mend.

const TOKEN = "tokenlake-read-token";
// More at once would only wait for each other in the database, and leave less of it to what arrives.
const AT_ONCE = 3;

export class NeedsToken extends Error {}
export class Refused extends Error {}
export class Away extends Error {}

let running = 0;
const waiting = [];

export const rememberToken = (token) => sessionStorage.setItem(TOKEN, token);

// Returns the answer's JSON and the number of all rows, where a page of them was asked for.
export async function ask(path, parameters, signal) {
  await turn();
  try {
    return await answer(`${path}?${new URLSearchParams(parameters)}`, signal);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

export const rows = async (path, parameters, signal) => (await ask(path, parameters, signal)).body;

async function turn() {
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  running += 1;
}

async function answer(url, signal) {
  const reply = await send(url, signal);
  if (reply.ok) {
    const count = reply.headers.get("X-Total-Count");
    return { body: await reply.json(), count: count === null ? null : Number(count) };
  }
  const detail = await detailOf(reply);
  if (reply.status === 401 || reply.status === 403) throw new NeedsToken(detail);
  if (reply.status >= 500) throw new Away(detail);
  throw new Refused(detail);
}

async function send(url, signal) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  try {
    return await fetch(url, { headers, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("The collector does not answer.");
  }
}

async function detailOf(reply) {
  try {
    const { detail } = await reply.json();
    return typeof detail === "string"
      ? detail
      : detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join("; ");
  } catch {
    return `The collector answers ${reply.status} ${reply.statusText}.`;
  }
}
