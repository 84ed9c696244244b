// The pages work without this. With it, times are the reader's own, and answering opens the mail.
"use strict";

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  // A day alone is a day everywhere.
  if (Number.isNaN(at.getTime()) || !time.dateTime.includes("T")) continue;
  const inTable = time.closest("td") !== null;
  const thisYear = at.getFullYear() === new Date().getFullYear();
  time.title = time.textContent;
  time.textContent = at.toLocaleString("en-GB", {
    day: "numeric", month: "short", year: inTable && thisYear ? undefined : "numeric",
    hour: "2-digit", minute: "2-digit", timeZoneName: inTable ? undefined : "short",
  });
}

const mail = document.querySelector("a[data-open]");
if (mail) {
  // Once: not again when the page is reloaded.
  history.replaceState(null, "", location.pathname);
  addEventListener("load", () => { location.href = mail.href; });
}

for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = [...document.querySelectorAll(`input[name="${all.dataset.all}"]`)];
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
}
