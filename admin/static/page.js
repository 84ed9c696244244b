// The pages work without this. With it, times are the reader's own, answering opens the mail, work
// that goes on is followed, and a mail is previewed while it is written.
"use strict";

const localTimes = () => {
  for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
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
};
localTimes();

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

// What another page holds at the same place, put here.
const pageOf = async (...request) => {
  const answer = await fetch(...request);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
const putIn = (page, id) => {
  const here = document.getElementById(id);
  const there = page.getElementById(id);
  if (here && there) here.replaceChildren(...there.childNodes);
  localTimes();
};

// Work that goes on: look again until it is done, and then say so.
const spoken = document.createElement("p");
spoken.className = "unseen";
spoken.setAttribute("role", "status");
const follow = async () => {
  const followed = document.querySelector("[data-follow]");
  if (!followed) return;
  document.body.append(spoken);
  try {
    const page = await pageOf(location.href);
    const news = page.querySelector("main [role=status], main [role=alert]");
    if (news && spoken.textContent !== news.textContent) spoken.textContent = news.textContent;
    if (!page.querySelector("[data-follow]")) followed.removeAttribute("data-follow");
    putIn(page, followed.dataset.follow ?? "main");
  } catch { /* The server restarts, or the line is down: look again. */ }
  setTimeout(follow, 700);
};
if (document.querySelector("[data-follow]")) setTimeout(follow, 500);

for (const form of document.querySelectorAll("form[data-preview]")) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const body = new URLSearchParams([...new FormData(form), ["do", "preview"]]);
      try {
        putIn(await pageOf(form.action, { method: "POST", body }), form.dataset.preview);
      } catch { /* The button still works. */ }
    }, 400);
  });
}

const kind = document.querySelector("select[data-chooses-kind]");
if (kind) {
  const choose = () => {
    for (const part of document.querySelectorAll("[data-kinds]")) {
      const wanted = part.dataset.kinds.split(" ").includes(kind.value);
      part.hidden = !wanted && !part.querySelector("[aria-invalid]");
    }
  };
  kind.addEventListener("change", choose);
  choose();
}

for (const part of document.querySelectorAll("[data-with-scripts]")) part.hidden = false;
for (const pick of document.querySelectorAll("input[data-into]")) {
  pick.addEventListener("change", async () => {
    const [file] = pick.files;
    if (file) document.getElementById(pick.dataset.into).value = await file.text();
  });
}
