// Takes the sheet of all pictures and keeps it for the map. It is a message of its own: so it travels once, whatever
// changes on the map.

export default function ({ data }) {
  globalThis.digitSheet = createImageBitmap(new Blob([data], { type: "image/png" }));
  globalThis.dispatchEvent(new Event("digit-sheet"));
}
