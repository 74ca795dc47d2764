// What stands at an address within the app.

// Where the app lives, whatever page of it is shown and whatever path a proxy puts before it: Streamlit loads its own
// scripts from there.
function appRoot() {
  const script = document.querySelector("script[src*='/static/js/']");
  return script ? script.src.split("/static/js/")[0] : location.origin;
}

async function downloadOnce(url) {
  // A range goes out as it is. A whole file the server compresses first, which takes longer than sending what is saved.
  const response = await fetch(appRoot() + url, { headers: { Range: "bytes=0-" } });
  if (!response.ok) throw new Error(`What the view needs did not come: ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}

// Networks fail, and the server forgets an address in the moment in which the visitor leaves its page: so it asks again.
export async function download(url) {
  for (const pause of [500, 2000]) {
    try {
      return await downloadOnce(url);
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }
  return downloadOnce(url);
}

const MOST_KEPT = 24; // Noise of another seed is another file.

// What a promise made, kept for as long as the page lives; what failed is tried again when it is next asked for.
export function keep(store, key, make) {
  if (!store.has(key)) {
    const made = make();
    made.catch(() => store.delete(key));
    store.set(key, made);
    if (store.size > MOST_KEPT) store.delete(store.keys().next().value);
  }
  return store.get(key);
}

// A promise of the bytes that stand at an address.
export const fetchBytes = (url) => keep((globalThis.liveFiles ??= new Map()), url, () => download(url));
