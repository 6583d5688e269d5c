"use strict";
// Sorts a table of numbers by the column whose heading is pressed: up, down, as it was. Every table is whole without.
(() => {
  const next = { none: "ascending", ascending: "descending", descending: "none" };
  const words = new Intl.Collator("en", { numeric: true });

  const key = (cell) => {
    const text = cell.textContent.trim();
    const isNumber = cell.dataset.n !== undefined;
    return { isNumber, isMissing: !isNumber && (text === "" || text === "\u2013"), value: isNumber ? Number(cell.dataset.n) : text };
  };

  const compare = (one, other, sign) => {
    if (one.isMissing || other.isMissing) return one.isMissing - other.isMissing;
    if (one.isNumber !== other.isNumber) return other.isNumber - one.isNumber;
    return sign * (one.isNumber ? one.value - other.value : words.compare(one.value, other.value));
  };

  for (const table of document.querySelectorAll("table.sorts")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const way = next[heading.getAttribute("aria-sort") ?? "none"];
        for (const each of headings) each.removeAttribute("aria-sort");
        if (way !== "none") heading.setAttribute("aria-sort", way);
        const sign = way === "descending" ? -1 : 1;
        const keyed = rows.map((row) => [key(row.cells[column]), row]);
        if (way !== "none") keyed.sort(([one], [other]) => compare(one, other, sign));
        body.append(...keyed.map(([, row]) => row));
      });
    });
  }
})();
