// What stands at an address within the app.

// Where the app lives, whatever page of it is shown and whatever path a proxy puts before it: Streamlit loads its own
// scripts from there.
function appRoot() {
  const script = document.querySelector("script[src*='/static/js/']");
  return script ? script.src.split("/static/js/")[0] : location.origin;
}

async function download(url) {
  // A range goes out as it is. A whole file the server compresses first, which takes longer than sending what is saved.
  const response = await fetch(appRoot() + url, { headers: { Range: "bytes=0-" } });
  if (!response.ok) throw new Error(`What the view needs did not come: ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}

// A promise of the bytes that stand at an address. Networks fail, and the server forgets an address in the moment in
// which the visitor leaves its page: so it asks again.
export async function fetchBytes(url) {
  for (const pause of [500, 2000]) {
    try {
      return await download(url);
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }
  return download(url);
}
