// A chart's numbers as a table, for those who can't see the chart or want to read it off; made when it is opened.

import { element } from "./view.js";

// {box, call(name), renew(rows)}. rows(): the table's lines, the first with the columns' names, as texts. name: what
// opens it.
export function chartTable(name) {
  const table = element("table");
  const summary = element("summary", { textContent: name });
  const box = element("details", { className: "numbers" }, summary, table);
  let rows = () => [];
  const fillIn = () => {
    if (!box.open) return;
    const [names, ...lines] = rows();
    const cells = (tag, texts) => texts.map((textContent, n) => (
      element(tag === "td" && n === 0 ? "th" : tag, { textContent, scope: tag === "th" ? "col" : "row" })));
    table.replaceChildren(
      element("tr", {}, ...cells("th", names)),
      ...lines.map((line) => element("tr", {}, ...cells("td", line))),
    );
  };
  box.addEventListener("toggle", fillIn);
  const renew = (newRows) => {
    rows = newRows;
    fillIn();
  };
  const call = (otherName) => { summary.textContent = otherName; };
  return { box, call, renew };
}
